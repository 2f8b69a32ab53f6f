package settings

import (
	"fmt"
	"math"
	"net/netip"
	"path"
	"regexp"
	"strconv"
	"strings"

	"webapp/internal/configfile"
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
	"platform":             "task.architecture",
	"cpuarchitecture":      "task.architecture",
	"replicacount":         "service.desiredCount",
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
	"subnets":              "network.existing.privateSubnets",
	"subnetids":            "network.existing.privateSubnets",
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
	"ssl":                  "loadBalancer.https",
	"alb":                  "loadBalancer",
	"workspacekeyprefix":   "state.s3.prefix",
	"zones":                "network.new.zones",
	"azs":                  "network.new.zones",
	"availabilityzones":    "network.new.zones",
	"maxazs":               "network.new.zones",
	"azcount":              "network.new.zones",
	"cidrblock":            "network.new.cidr",
	"vpccidr":              "network.new.cidr",
	"vpcendpoints":         "network.new.endpoints",
	"natgateway":           "network.new.natGateways",
	"http":                 "routing",
	"ingress":              "routing",
	"domainname":           "loadBalancer.domain",
	"sslpolicy":            "loadBalancer.https.policy",
	"securitypolicy":       "loadBalancer.https.policy",
	"waf":                  "loadBalancer.webACL",
	"logging":              "logs",
	"backend":              "state",
	"monitoring":           "observability",
	"cloudwatch":           "observability",
	"xray":                 "tracing",
	"otel":                 "tracing",
	"opentelemetry":        "tracing",
	"adot":                 "tracing",
	"sqs":                  "queue",
	"queues":               "queue",
	"subscribe":            "queue",
	"publish":              "sendsTo",
	"publishes":            "sendsTo",
	"releasecommand":       "release.command",
	"predeploycommand":     "release.command",
	"migration":            "release",
	"migrations":           "release",

	"dropinvalidheaderfields": "loadBalancer.dropInvalidHeaders",
	"desyncmitigationmode":    "loadBalancer.desyncMitigation",

	"allowedcidrs":             "loadBalancer.allowedSources",
	"allowedcidrblocks":        "loadBalancer.allowedSources",
	"cidrblocks":               "loadBalancer.allowedSources",
	"ingresscidrs":             "loadBalancer.allowedSources",
	"ingresscidrblocks":        "loadBalancer.allowedSources",
	"loadbalancersourceranges": "loadBalancer.allowedSources",
	"prefixlistids":            "loadBalancer.allowedSources",
	"sourceranges":             "loadBalancer.allowedSources",
}

// adviseKey returns what to write instead of a key of another tool, or the path of the setting of the same meaning,
// where that depends on the key's section or value.
func adviseKey(section, word, value string, isList bool) (advice, path string) {
	switch key := configfile.JoinPath(section, word); key {
	case "http", "ingress":
		return "write routing for paths and hosts, and loadBalancer for the domain and HTTPS", ""
	case "loadBalancer.internal", "loadBalancer.scheme":
		return fmt.Sprintf("write public: %t", value == "false" || value == "internet-facing"), ""
	case "loadBalancer.securitygroups":
		return "the load balancer gets a security group of its own; write who may connect, in allowedSources", ""
	case "loadBalancer.subnets", "loadBalancer.subnetids", "loadBalancer.subnetmapping":
		return "", "network.existing.publicSubnets"
	case "pipeline.oidc":
		return "", "pipeline.createProvider"
	case "network.new.enablenatgateway", "network.new.nat":
		if value == "false" {
			return "write natGateways: 0, together with isolated: true, or with service: {assignPublicIp: true}", natGateways
		}
		return "write natGateways: 1", natGateways
	case "network.new.singlenatgateway", "network.new.onenatgatewayperaz":
		if (word == "singlenatgateway") == (value == "true") {
			return "write natGateways: 1", natGateways
		}
		return "write the number of zones as natGateways, such as natGateways: 2", natGateways
	case "count", "storage", "service.count":
		if value == "" && !isList { // the mappings of Copilot
			return map[string]string{
				"count": "write scaling: {min: …, max: …} for a range, or service: {desiredCount: …}",
				"storage": "write task: {ephemeralStorage: …} for the tasks' own disk, or volumes in task and mounts in " +
					"container",
			}[word], ""
		}
	case "state.s3.encrypt":
		return "a state is always encrypted; remove it", ""
	case "state.s3.dynamodbtable", "state.s3.uselockfile":
		return "a state is always locked while Terraform changes it, by a file next to it; remove it", ""
	case "state.s3.key":
		return adviseStateKey(value), ""
	}
	if advice, path := adviseForeignKey(section, word, isList); advice != "" {
		return advice, path
	}
	if advice, path := adviseRequestKey(section, word); advice+path != "" {
		return advice, path
	}
	if strings.HasPrefix(section, "jobs.") && strings.Count(section, ".") == 1 && word == "retries" {
		return "", section + ".schedule.retries"
	}
	if jobSection.MatchString(section) {
		if advice, path := adviseJobKey(word, value); advice != "" {
			return advice, configfile.JoinPath(section, path)
		}
	}
	if anyWorkload.MatchString(section) && word == "type" {
		return adviseType(section, value)
	}
	if perMinute := times(value, 60); word == "persecond" && perMinute != "" &&
		ending(`scaling\.requests`).MatchString(section) {
		return "write perMinute: " + perMinute, configfile.JoinPath(section, "perMinute")
	}
	if milliseconds := times(value, 1000); word == "seconds" && milliseconds != "" &&
		ending(`scaling\.responseTime|alarms\.latency`).MatchString(section) {
		return "write milliseconds: " + milliseconds, configfile.JoinPath(section, "milliseconds")
	}
	if path := otherWords[word]; isList && path == "network.new.zones" {
		return "", "network.new.zoneNames"
	}
	return "", ""
}

// adviseType returns what to write instead of the type of a service in Copilot.
// Source: Copilot documentation, "Manifest" (type of Backend Service, Worker Service and the others).
func adviseType(section, value string) (advice, path string) {
	switch kind := strings.ToLower(value); {
	case strings.Contains(kind, "worker"):
		return "write worker: true", configfile.JoinPath(section, "worker")
	case strings.Contains(kind, "backend"):
		return "write worker: true, and service: {connect: {}} for the other services to call it",
			configfile.JoinPath(section, "worker")
	case strings.Contains(kind, "job"):
		return "write it under jobs", ""
	}
	return "a service gets requests unless it has worker: true; remove it", ""
}

var jobSection = regexp.MustCompile(`^jobs\.[^.]+$`)

// adviseJobKey returns what to write instead of a service's setting in a job, and its key there.
func adviseJobKey(word, value string) (advice, key string) {
	switch word {
	case "capacity", "capacityprovider", "capacityproviders", "capacityproviderstrategy", "usespot", "fargatespot":
		if plain := strings.ToUpper(value); plain == "FARGATE" || plain == "ONDEMAND" || plain == "FALSE" {
			return "a job runs on on-demand capacity unless it has spot: true; remove it", "spot"
		}
		return "write spot: true to run the job on Fargate Spot, or remove it", "spot"
	case "service":
		return "a job is not a service; write its assignPublicIp and securityGroups here, and spot: true for Fargate Spot, " +
			"or remove it", "spot"
	}
	return "", ""
}

// times multiplies a number of another unit, or returns "" for what is none.
func times(number string, factor float64) string {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(math.Round(n*factor), 'f', -1, 64)
}

const natGateways = "network.new.natGateways"

// adviseStateKey returns what to write instead of the key of a state, or "" if the key is one of KMS.
func adviseStateKey(key string) string {
	const rule = "the state's key is always PREFIX/STACK/terraform.tfstate; "
	switch folder := path.Dir(strings.Trim(key, "/")); {
	case strings.HasPrefix(key, "arn:"):
		return ""
	case statePrefix.MatchString(folder) && folder != ".":
		return rule + "write prefix: " + folder
	default:
		return rule + "remove it, or write prefix"
	}
}

// usualPlaces maps keys that exist in several sections to the one that is most likely meant when the key is in the
// wrong place.
var usualPlaces = map[string]string{
	"cpu": "task.cpu", "memory": "task.memory", "image": "container.image",
	"protocol": "service.targetGroup.protocol", "ports": "container.ports", "tags": "aws.tags",
	"region":      "aws.region",
	"healthcheck": "service.healthCheck", "environment": "container.environment", "secrets": "container.secrets",
	"command":    "container.command",
	"entrypoint": "container.entryPoint", "alarms": "observability.alarms", "min": "scaling.min", "max": "scaling.max",
	"role":          "task.role",
	"retentiondays": "logs.retentionDays", "policies": "task.role.policies", "statements": "task.role.statements",
	"hosts": "routing.hosts",
	"paths": "routing.paths", "volumes": "task.volumes", "mounts": "container.mounts", "domain": "loadBalancer.domain",
	"https": "loadBalancer.https", "certificates": "loadBalancer.https.certificates",
	"securitygroups": "service.securityGroups",
	"targetgroup":    "service.targetGroup", "deployment": "service.deployment", "public": "loadBalancer.public",
	"allowedsources": "loadBalancer.allowedSources",
	// Too many meanings: a metric and an alarm have a threshold too, and a queue and a release have retries.
	"threshold": "", "duration": "", "retries": "",
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
