package settings

import (
	"fmt"
	"net/netip"
)

// otherWords maps the keys of other tools to the setting of the same meaning. Keys that exist somewhere in a settings
// file need no entry: configfile finds them.
var otherWords = map[string]string{
	"autoscaling":          "scaling",
	"buildargs":            "container.image",
	"capacityprovider":     "service.capacity",
	"certificate":          "loadBalancer.https.certificates",
	"certificatearn":       "loadBalancer.https.certificates",
	"count":                "service.desiredCount",
	"cmd":                  "container.command",
	"crons":                "jobs",
	"cronjobs":             "jobs",
	"scheduledjobs":        "jobs",
	"scheduledtasks":       "jobs",
	"env":                  "container.environment",
	"environmentvariables": "container.environment",
	"envfile":              "container.environmentFiles",
	"healthcheckpath":      "service.healthCheck.path",
	"hostname":             "loadBalancer.domain",
	"instances":            "service.desiredCount",
	"logretention":         "logs.retentionDays",
	"logretentiondays":     "logs.retentionDays",
	"logging":              "logs",
	"maxcapacity":          "scaling.max",
	"mincapacity":          "scaling.min",
	"permissions":          "task.role",
	"port":                 "container.ports",
	"containerport":        "container.ports",
	"replicas":             "service.desiredCount",
	"numreplicas":          "service.desiredCount",
	"retention":            "logs.retentionDays",
	"spot":                 "service.capacity.spot",
	"storage":              "task.ephemeralStorage",
	"subnets":              "network.existing",
	"subnetids":            "network.existing",
	"taskrole":             "task.role",
	"vars":                 "container.environment",
	"variables":            "container.environment",
	"vpc":                  "network",
	"vpcid":                "network.existing.id",
	"tls":                  "loadBalancer.https",
	"authentication":       "login",
	"mtls":                 "loadBalancer.https.clientCertificates",
	"mutualauthentication": "loadBalancer.https.clientCertificates",
	"auth":                 "login",
	"oidc":                 "login.cognito",
	"ssl":                  "loadBalancer.https",
	"alb":                  "loadBalancer",
	"zones":                "network.new.zones",
	"azs":                  "network.new.zones",
}

// usualPlaces maps keys that exist in several sections to the one that is most likely meant when the key is in the
// wrong place.
var usualPlaces = map[string]string{
	"cpu": "task.cpu", "memory": "task.memory", "image": "container.image",
	"protocol": "service.targetGroup.protocol", "ports": "container.ports", "tags": "aws.tags",
	"region":      "aws.region",
	"healthCheck": "service.healthCheck", "environment": "container.environment", "secrets": "container.secrets",
	"command":    "container.command",
	"entryPoint": "container.entryPoint", "alarms": "observability.alarms", "min": "scaling.min", "max": "scaling.max",
	"role":          "task.role",
	"retentionDays": "logs.retentionDays", "policies": "task.role.policies", "statements": "task.role.statements",
	"hosts": "routing.hosts",
	"paths": "routing.paths", "volumes": "task.volumes", "mounts": "container.mounts", "domain": "loadBalancer.domain",
	"https": "loadBalancer.https", "certificates": "loadBalancer.https.certificates",
	"securityGroups": "service.securityGroups",
	"targetGroup":    "service.targetGroup", "deployment": "service.deployment", "public": "loadBalancer.public",
	"allowedSources": "loadBalancer.allowedSources",
}

// otherArchitectures maps the names that other tools use to Fargate's architectures.
var otherArchitectures = map[string]string{
	"amd64": x86, "x64": x86, "x86": x86, "x86-64": x86, "intel": x86, "amd": x86, "linux/amd64": x86,
	"aarch64": arm, "arm": arm, "armv8": arm, "graviton": arm, "linux/arm64": arm,
}

// adviseRange returns a single address written as a range, or "" if the text is not an address.
func adviseRange(text string) string {
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return ""
	}
	return fmt.Sprintf("%s/%d", text, address.BitLen())
}
