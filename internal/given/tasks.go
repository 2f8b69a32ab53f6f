package given

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// wayOutOfDefaultVPC gives the default VPC what it has on AWS: an internet gateway, and a route to it. Source: VPC user
// guide, "Default VPCs".
func (p *preparing) wayOutOfDefaultVPC() error {
	if !p.settings.Network.Default {
		return nil
	}
	_, err := p.once("internet gateway of the default VPC", func() (*string, error) {
		v, err := p.inVPC()
		if err != nil {
			return nil, err
		}
		client := p.ec2()
		gateway, err := client.CreateInternetGateway(p.ctx, nil)
		if err != nil {
			return nil, err
		}
		id := gateway.InternetGateway.InternetGatewayId
		if _, err := client.AttachInternetGateway(p.ctx,
			&ec2.AttachInternetGatewayInput{InternetGatewayId: id, VpcId: &v.id}); err != nil {
			return nil, err
		}
		main, err := client.DescribeRouteTables(p.ctx, &ec2.DescribeRouteTablesInput{
			Filters: filters("vpc-id", v.id, "association.main", "true"),
		})
		if err != nil {
			return nil, err
		}
		for _, table := range main.RouteTables {
			if _, err := client.CreateRoute(p.ctx, &ec2.CreateRouteInput{
				RouteTableId: table.RouteTableId, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: id,
			}); err != nil {
				return nil, err
			}
		}
		return id, nil
	})
	return err
}

// secretEnding is what Secrets Manager appends to the name of a secret in its ARN.
var secretEnding = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)

// secrets creates the secrets that the containers use, with made-up values.
func (p *preparing) secrets() error {
	used := p.secretKeys()
	for _, arn := range slices.Sorted(maps.Keys(used)) {
		keys := used[arn]
		value := "local"
		if len(keys) > 0 {
			text, err := json.Marshal(keys)
			if err != nil {
				return err
			}
			value = string(text)
		}
		_, name, _ := strings.Cut(arn, ":secret:")
		name = secretEnding.ReplaceAllString(name, "")
		actual, err := p.once("secret "+arn, func() (*string, error) {
			created, err := secretsmanager.NewFromConfig(p.cfg).CreateSecret(p.ctx, &secretsmanager.CreateSecretInput{
				Name: &name, SecretString: &value,
			})
			if err != nil {
				return nil, err
			}
			return created.ARN, nil
		})
		if err != nil {
			return err
		}
		p.replace(arn, actual)
	}
	return nil
}

// secretKeys are the JSON keys that the containers use, with made-up values, by the secret's ARN.
func (p *preparing) secretKeys() map[string]map[string]string {
	all := map[string]map[string]string{}
	use := func(arn string, keys ...string) {
		if all[arn] == nil {
			all[arn] = map[string]string{}
		}
		for _, key := range keys {
			if key != "" {
				all[arn][key] = "local"
			}
		}
	}
	for _, w := range p.settings.Tasks() {
		for _, c := range w.Containers() {
			for _, arn := range c.SecretARNs() {
				use(arn)
				for _, reference := range c.Secrets {
					if rest, ok := strings.CutPrefix(reference, arn+":"); ok { // KEY:STAGE:VERSION
						key, _, _ := strings.Cut(rest, ":")
						use(arn, key)
					}
				}
			}
			if c.Credentials != "" {
				use(c.Credentials, "username", "password")
			}
		}
	}
	return all
}

// parameters creates those that the containers use, with made-up values.
func (p *preparing) parameters() error {
	for _, w := range p.settings.Tasks() {
		for _, c := range w.Containers() {
			for _, reference := range c.Parameters() {
				name := reference
				if _, rest, ok := strings.Cut(reference, ":parameter/"); ok {
					name = "/" + rest
				}
				_, err := p.once("parameter "+name, func() (*string, error) {
					_, err := ssm.NewFromConfig(p.cfg).PutParameter(p.ctx, &ssm.PutParameterInput{
						Name: &name, Value: aws.String("local"), Type: ssmtypes.ParameterTypeSecureString,
					})
					return &name, err
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// environmentFiles creates those of the containers, without a variable: nobody's real ones are on a local AWS.
func (p *preparing) environmentFiles() error {
	for _, w := range p.settings.Tasks() {
		for _, c := range w.Containers() {
			for _, arn := range c.EnvironmentFiles {
				_, path, _ := strings.Cut(arn, ":::")
				bucket, key, _ := strings.Cut(path, "/")
				if err := p.bucket(bucket); err != nil {
					return err
				}
				_, err := p.onceIn("everywhere", "environment file "+arn, func() (*string, error) {
					_, err := p.s3().PutObject(p.ctx, &s3.PutObjectInput{
						Bucket: &bucket, Key: &key, Body: strings.NewReader("# Variables of " + c.Name + "\n"),
					})
					return &arn, err
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// fileSystems creates those that the tasks mount, with a mount target in every zone. A VPC that the stack itself
// creates has none yet: there is nowhere to put them.
func (p *preparing) fileSystems() error {
	if p.settings.Network.New != nil {
		return nil
	}
	for _, w := range p.settings.Tasks() {
		for _, name := range slices.Sorted(maps.Keys(w.Task.Volumes)) {
			id := w.Task.Volumes[name].FileSystem
			if id == "" {
				continue
			}
			err := p.named("file system", id, func() (*string, error) { return p.createFileSystem(id) })
			if err != nil {
				return err
			}
			if err := p.accessPoint(id, w.Task.Volumes[name].AccessPoint); err != nil {
				return err
			}
		}
	}
	return nil
}

// accessPoint creates an access point of a file system, with a directory of its own.
func (p *preparing) accessPoint(fileSystem, id string) error {
	if id == "" {
		return nil
	}
	return p.named("access point", id, func() (*string, error) {
		created, err := efs.NewFromConfig(p.cfg).CreateAccessPoint(p.ctx, &efs.CreateAccessPointInput{
			FileSystemId: aws.String(p.IDs[fileSystem]), ClientToken: &id, RootDirectory: &efstypes.RootDirectory{
				Path: aws.String("/" + id), CreationInfo: &efstypes.CreationInfo{
					OwnerUid: aws.Int64(0), OwnerGid: aws.Int64(0), Permissions: aws.String("0777"),
				},
			},
		})
		if err != nil {
			return nil, err
		}
		return created.AccessPointId, nil
	})
}

func (p *preparing) createFileSystem(token string) (*string, error) {
	v, err := p.inVPC()
	if err != nil {
		return nil, err
	}
	group, err := p.createGroup("given-" + token)
	if err != nil {
		return nil, err
	}
	const nfs = 2049
	if _, err := p.ec2().AuthorizeSecurityGroupIngress(p.ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: group, IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(nfs), ToPort: aws.Int32(nfs),
			IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}},
		}},
	}); err != nil {
		return nil, err
	}
	client := efs.NewFromConfig(p.cfg)
	created, err := client.CreateFileSystem(p.ctx, &efs.CreateFileSystemInput{CreationToken: &token})
	if err != nil {
		return nil, err
	}
	for _, subnet := range v.public { // one in each zone
		if _, err := client.CreateMountTarget(p.ctx, &efs.CreateMountTargetInput{
			FileSystemId: created.FileSystemId, SubnetId: &subnet, SecurityGroups: []string{*group},
		}); err != nil {
			return nil, err
		}
	}
	return created.FileSystemId, nil
}
