// Package given creates on a local AWS what settings refer to and do not create themselves: a VPC, a hosted zone,
// certificates and so on. It creates whatever a deployment looks up or refers to, but nothing that only a running task
// reads (images, secrets, keys, file systems), since the local AWS runs no tasks.
package given

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/assume"
	"webapp/internal/localaws"
	"webapp/settings"
)

// Record holds the ids of everything that was created, by account, region and kind. Whatever is in the record is not
// created again. It can be stored as JSON.
type Record map[string]string

// Preparation is the result for one stack.
type Preparation struct {
	// Created names what was created, for people: "VPC shared", "hosted zone example.com".
	Created []string

	// IDs maps ids and ARNs in the settings to those on the local AWS, where they differ, since AWS chooses ids.
	IDs map[string]string
}

// Pairs lists each id of the settings, followed by the one on the local AWS. An id comes before its prefixes, as
// strings.NewReplacer requires.
func (p Preparation) Pairs() []string {
	var pairs []string
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(p.IDs))) {
		pairs = append(pairs, id, p.IDs[id])
	}
	return pairs
}

// Role returns the role that a deployment to a local AWS assumes, whose own account is home. Where the settings name
// another account without a role, it is any role of that account. It is empty for the home account.
func Role(s settings.AWS, home string) string {
	if s.Role != "" || s.Account == "" || s.Account == home {
		return s.Role
	}
	return "arn:aws:iam::" + s.Account + ":role/local"
}

// Region returns the region that a stack is deployed to: that of the settings; else that of the zones that they name.
// It is empty where they name neither.
func Region(s settings.Stack) string {
	if created := s.Network.New; s.AWS.Region == "" && created != nil && len(created.ZoneNames) > 0 {
		return strings.TrimRight(created.ZoneNames[0], "abcdef")
	}
	return s.AWS.Region
}

// Config returns the AWS SDK's configuration for the account and region of a stack, on a local AWS at a URL whose own
// account is home.
func Config(url, home string, s settings.Stack) aws.Config {
	return assume.Role(localaws.Config(url), Role(s.AWS, home), Region(s))
}

// Prepare creates what the settings of a stack refer to, on a local AWS at a URL whose own account is home. It adds
// what it has created to the record, even if it fails.
func Prepare(ctx context.Context, url, home string, s settings.Stack, record Record) (Preparation, error) {
	account := s.AWS.AccountID()
	if account == "" {
		account = home
	}
	p := &preparing{ctx: ctx, cfg: Config(url, home, s), account: account, settings: s, record: record,
		Preparation: Preparation{IDs: map[string]string{}}}
	for _, prepare := range []func() error{
		p.network, p.wayOutOfDefaultVPC, p.securityGroups, p.prefixLists, p.listener, p.hostedZone, p.certificates,
		p.clientCertificates,
		p.webACL, p.accessLogs,
		p.namespace, p.topic, p.queues, p.logGroups, p.policies, p.secrets, p.parameters, p.fileSystems,
		p.environmentFiles,
	} {
		if err := prepare(); err != nil {
			return p.Preparation, err
		}
	}
	return p.Preparation, nil
}

// preparing is an unfinished preparation.
type preparing struct {
	Preparation
	ctx      context.Context
	cfg      aws.Config
	account  string
	settings settings.Stack
	record   Record
	vpc      *vpc // nil until it is asked for
}

// once creates something in the account and region unless it is in the record, and returns its id.
func (p *preparing) once(what string, create func() (*string, error)) (id string, err error) {
	return p.onceIn(p.account+" "+p.cfg.Region, what, create)
}

// onceInAccount is once for something that belongs to no region.
func (p *preparing) onceInAccount(what string, create func() (*string, error)) (id string, err error) {
	return p.onceIn(p.account, what, create)
}

func (p *preparing) onceIn(place, what string, create func() (*string, error)) (id string, err error) {
	key := place + " " + what
	if id, ok := p.record[key]; ok {
		return id, nil
	}
	created, err := create()
	if err != nil {
		return "", fmt.Errorf("creating what the settings refer to, %s: %w", what, err)
	}
	p.record[key] = aws.ToString(created)
	p.Created = append(p.Created, what)
	return p.record[key], nil
}

// named is once for something that the settings refer to by an id or ARN.
func (p *preparing) named(kind, id string, create func() (*string, error)) error {
	actual, err := p.once(kind+" "+id, create)
	p.replace(id, actual)
	return err
}

func (p *preparing) replace(id, actual string) {
	if id != "" && actual != "" && id != actual {
		p.IDs[id] = actual
	}
}

// nameIn returns a part of an ARN between slashes, such as the load balancer's name in that of a listener.
func nameIn(arn string, part int) string { return strings.Split(arn, "/")[part] }
