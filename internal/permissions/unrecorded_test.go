package permissions

const (
	removedTags = "a tag that the settings no longer have; the tests only add tags"
	ofKMS       = "a state that is encrypted with a KMS key; S3 calls KMS in the name of whoever reads or writes"
)

// unrecorded are the actions that the table has and no recorded call needed, with what they are for.
var unrecorded = map[string]string{
	"acm:RemoveTagsFromCertificate":         removedTags,
	"application-autoscaling:UntagResource": removedTags,
	"cloudwatch:UntagResource":              removedTags,
	"ec2:DeleteTags":                        removedTags,
	"ecs:UntagResource":                     removedTags,
	"elasticloadbalancing:RemoveTags":       removedTags,
	"events:UntagResource":                  removedTags,
	"iam:UntagPolicy":                       removedTags,
	"iam:UntagRole":                         removedTags,
	"logs:UntagResource":                    removedTags,
	"s3:UntagResource":                      removedTags,
	"servicediscovery:UntagResource":        removedTags,
	"scheduler:UntagResource":               removedTags,
	"sns:UntagResource":                     removedTags,
	"sqs:UntagQueue":                        removedTags,

	"cognito-idp:DescribeUserPoolClient":            "load balancers read the client of a login",
	"ec2:DisassociateSubnetCidrBlock":               "IPv6 is taken from a network again",
	"ec2:DisassociateVpcCidrBlock":                  "IPv6 is taken from a network again",
	"ec2:ReplaceRouteTableAssociation":              "a subnet gets another route table",
	"ecs:DescribeTasks":                             "a release follows the task of its command; tests describe tasks too",
	"ecs:ListTasks":                                 "a release waits for an earlier one; tests list tasks too",
	"ecs:StopTask":                                  "the command before a release takes too long",
	"ecs:UpdateClusterSettings":                     "Container Insights is turned on or off",
	"elasticloadbalancing:ModifyListenerAttributes": "an override sets headers of a listener",
	"elasticloadbalancing:ModifyTrustStore":         "another version of the file with a trust store's authorities",
	"elasticloadbalancing:SetSecurityGroups":        "a load balancer gets other security groups",
	"iam:CreatePolicyVersion":                       "the statements of a task change that do not fit into its role",
	"iam:DeletePolicyVersion":                       "the oldest of five versions makes room for a new one",
	"iam:CreateServiceLinkedRole":                   "AWS makes these roles itself; the local AWS has none",
	"iam:PutRolePermissionsBoundary":                "task.role.permissionsBoundary is set later",
	"iam:UpdateAssumeRolePolicy":                    "a new version of this program lets somebody else assume a role",
	"iam:UpdateRole":                                "an override sets the longest session of a role",
	"iam:UpdateRoleDescription":                     "a service gets another name",
	"kms:Decrypt":                                   ofKMS,
	"kms:Encrypt":                                   ofKMS,
	"kms:GenerateDataKey":                           ofKMS,
	"logs:AssociateKmsKey":                          "logs.kmsKey is set later",
	"logs:DisassociateKmsKey":                       "logs.kmsKey is removed",
	"logs:DeleteRetentionPolicy":                    "logs are kept for ever",
	"route53:DeleteHostedZone":                      "Cloud Map deletes the zone of a namespace",
	"s3:GetObjectVersion":                           "load balancers read the file with a trust store's authorities",
	"s3:ListTagsForResource":                        "newer providers read a bucket's tags with it",
	"s3:TagResource":                                "newer providers write a bucket's tags with it",
	"servicediscovery:DeregisterInstance":           "a service is destroyed while tasks are registered in it",
	"servicediscovery:UpdatePrivateDnsNamespace":    "an override changes a namespace's description",
	"sns:SetSubscriptionAttributes":                 "an override changes a subscription",
}

const (
	ofAdopting = "adopt and local look for what exists"
	ofTests    = "tests create what settings take as given"
	ofTasks    = "tasks do that in their own role"
	ofRun      = "webapp run starts a task by hand, and follows its log"
	ofRoles    = "a person applies the stack with the roles of a pipeline"
)

// notOfStacks are the actions of calls that no stack makes, with who does.
var notOfStacks = map[string]string{
	"acm:ListCertificates":                ofAdopting,
	"cloudwatch:ListDashboards":           ofAdopting,
	"ecs:ListClusters":                    ofAdopting,
	"ecs:ListServices":                    ofAdopting,
	"ecs:ListTaskDefinitions":             ofAdopting,
	"ecs:RunTask":                         ofRun,
	"logs:GetLogEvents":                   ofRun,
	"events:ListRules":                    ofAdopting,
	"iam:ListRoleTags":                    ofAdopting,
	"iam:ListRoles":                       ofAdopting,
	"s3:ListAllMyBuckets":                 ofAdopting,
	"servicediscovery:ListServices":       ofAdopting,
	"sns:ListSubscriptions":               ofAdopting,
	"sns:ListTopics":                      ofAdopting,
	"iam:CreateOpenIDConnectProvider":     ofRoles,
	"iam:DeleteOpenIDConnectProvider":     ofRoles,
	"iam:GetOpenIDConnectProvider":        ofRoles,
	"iam:TagOpenIDConnectProvider":        ofRoles,
	"ec2:CreateManagedPrefixList":         ofTests,
	"wafv2:CreateWebACL":                  ofTests,
	"elasticfilesystem:CreateAccessPoint": ofTests,
	"sqs:SendMessageBatch":                ofTests,
	"sqs:ReceiveMessage":                  ofTasks,
	"sqs:DeleteMessage":                   ofTasks,
	"s3:CopyObject":                       "somebody brings back an older state by hand: s3:GetObject and s3:PutObject",
}
