package e2e

import (
	"bytes"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"webapp/internal/given"
	"webapp/internal/localaws"
	"webapp/settings"
)

// prepare creates what settings take as given, as `make up` does, and returns what to replace in them, in pairs: ids
// are AWS's to choose. What occurs several times is in as many pairs.
func (d *deployment) prepare(text []byte) []string {
	d.t.Helper()
	all := must(settings.Parse("webapp.yaml", text, settings.Options{}))(d.t)
	record := must(given.Prepare(d.t.Context(), d.server.URL(), localaws.Account, all[0], d.given))(d.t)
	var pairs []string
	for pair := range slices.Chunk(record.Pairs(), 2) {
		for range bytes.Count(text, []byte(pair[0])) {
			pairs = append(pairs, pair...)
		}
		text = bytes.ReplaceAll(text, []byte(pair[0]), []byte(pair[1])) // the next one may be a part of this one
	}
	return pairs
}

// subnetsByRange returns the ids of the VPC's subnets.
func (v existingVPC) subnetsByRange() map[string]string {
	v.t.Helper()
	ids := map[string]string{}
	for _, s := range must(v.client.DescribeSubnets(v.t.Context(), &ec2.DescribeSubnetsInput{
		Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{v.id}}},
	}))(v.t).Subnets {
		ids[*s.CidrBlock] = *s.SubnetId
	}
	return ids
}
