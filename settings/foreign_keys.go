package settings

import (
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// foreignKey is a word of other tools in a section. Without a word in its own section, an unknown key may be taken for
// one of another section: only a burst has a threshold.
type foreignKey struct {
	section *regexp.Regexp
	words   string // in lower case, without hyphens and underscores, with spaces between them
	// key is the path of the setting of the same meaning, from the section; advice says more than its name. With neither,
	// the words have no meaning in the section.
	key, advice string
}

var (
	anywhere     = regexp.MustCompile(``)
	top          = regexp.MustCompile(`^$`)
	anyContainer = ending(`container|sidecars\.[^.]+`)
	// servingContainer is one that may get requests of the load balancer.
	servingContainer = regexp.MustCompile(`^(services\.[^.]+\.)?container$`)
	anyService       = ending(`service`)
	anyDeployment    = ending(`service\.deployment`)
	// requestCheck is the check of the load balancer, commandCheck that of ECS.
	requestCheck = ending(`service\.healthCheck|additionalPorts\[[0-9]+\]\.healthCheck`)
	commandCheck = ending(`(container|sidecars\.[^.]+)\.healthCheck`)
	anyCheck     = ending(`healthCheck`)
	anyTask      = ending(`task`)
	anyVolume    = ending(`task\.volumes\.[^.]+`)
	anyStatement = ending(`statements\[[0-9]+\]`)
	anyMount     = ending(`mounts\[[0-9]+\]`)
	anyRole      = ending(`role|executionRole`)
	anyWorkload  = regexp.MustCompile(`^$|^services\.[^.]+$`)
	anyMetric    = ending(`scaling\.(metrics\.[^.]+|steps\.[^.]+\.metric)`)
	anyStep      = ending(`scaling\.steps\.[^.]+\.steps\[[0-9]+\]`)
)

// foreignKeys are the words of other tools, by tool. The first one that matches counts.
var foreignKeys = []foreignKey{
	// The APIs of ECS, Elastic Load Balancing and Application Auto Scaling, and CloudFormation, CDK and Terraform.
	{anywhere, "launchtype requirescompatibilities", "", "every task runs on Fargate; remove it"},
	{anywhere, "networkmode", "", "every task has a network interface of its own (awsvpc); remove it"},
	{anywhere, "schedulingstrategy", "", "every service keeps a number of tasks running (REPLICA); remove it"},
	{anyContainer, "portmappings", "ports", "write the container's ports, such as ports: [8000]"},
	{anyContainer, "logconfiguration logdriver", "",
		"logs always go to CloudWatch; remove it, and write logs at the level of container"},
	{anyContainer, "readonlyrootfilesystem", "readOnly", ""},
	{anyContainer, "mountpoints", "mounts", ""},
	{anyContainer, "repositorycredentials", "credentials", ""},
	{anyContainer, "dockerlabels", "labels", ""},
	{anyContainer, "ulimits", "openFiles", "write the limit of open files, such as openFiles: 65536"},
	{anyTask, "runtimeplatform cpuarchitecture platform", "architecture", ""},
	{anyTask, "executionrolearn", "",
		"the stack creates the role; remove it, and write what it may do in addition, as executionRole: {statements: […]}"},
	{anyTask, "taskrolearn rolearn", "",
		"the stack creates the role; remove it, and write what the application may do, as role: {statements: […]}"},
	{anyTask, "containerdefinitions containers", "",
		"write container and sidecars, at the level of task"},
	{anyVolume, "efsvolumeconfiguration", "", "write fileSystem, accessPoint, directory or iam here"},
	{anyVolume, "filesystemid", "fileSystem", ""},
	{anyVolume, "rootdirectory", "directory", ""},
	{anyVolume, "accesspointid", "accessPoint", ""},
	{anyStatement, "effect", "", "every statement allows; remove it"},
	{anyStatement, "sid", "", "statements have no id; remove it"},
	{anyStatement, "notaction notactions", "actions", "a statement permits only what it names; write actions"},
	{anyStatement, "notresource notresources", "resources", "a statement permits only what it names; write resources"},
	{anyStatement, "principal principals notprincipal notprincipals", "",
		"the statements of a role are for the role itself; remove it"},
	{anyStatement, "version policyversion", "", "the stack writes the version of the policy; remove it"},
	{anyVolume, "efs efsid id", "fileSystem", "write fileSystem, such as fileSystem: fs-0123456789abcdef0, and " +
		"accessPoint, directory or iam beside it"},
	{anyVolume, "size sizeingib sizelimit emptydir", "", "a volume without fileSystem is a folder of the task's " +
		"own disk; remove it, and write the size of the disk as ephemeralStorage in task"},
	{anyMount, "name source sourcevolume", "volume", ""},
	{anyMount, "mountpath target containerpath destination", "path", ""},
	{anyMount, "mode", "readOnly", "write readOnly: true for ro, or remove it"},
	{anyRole, "managedpolicies managedpolicyarns", "policies", ""},
	{anyService, "capacityproviderstrategy capacityproviders", "capacity", ""},
	{ending(`service\.capacity`), "fargate", "onDemand", ""},
	{ending(`service\.capacity`), "fargatespot", "spot", ""},
	{anyService, "enableexecutecommand executecommand ecsexec", "exec", ""},
	{anyService, "healthcheckgraceperiodseconds healthcheckgraceperiod", "healthCheck.gracePeriod", ""},
	{anyService, "deploymentconfiguration", "deployment", ""},
	{anyService, "deploymentminimumhealthypercent minimumhealthypercent minhealthypercent",
		"deployment.minHealthyPercent", ""},
	{anyService, "deploymentmaximumpercent maximumpercent maxhealthypercent", "deployment.maxPercent", ""},
	{anyService, "deploymentcircuitbreaker circuitbreaker", "deployment.circuitBreaker", ""},
	{anyService, "networkconfiguration awsvpcconfiguration", "",
		"write securityGroups and assignPublicIp here, and the subnets in network, at the top of the file"},
	{anyService, "serviceconnectconfiguration", "connect", ""},
	{anyService, "serviceregistries", "discovery", ""},
	{ending(`network\.existing`), "privatesubnetids subnetids", "privateSubnets", "write privateSubnets: {ids: […]}"},
	{ending(`network\.existing`), "publicsubnetids", "publicSubnets", "write publicSubnets: {ids: […]}"},
	{anyDeployment, "min minhealthy minimumhealthypercent", "minHealthyPercent", ""},
	{anyDeployment, "max maxhealthypercent maximumpercent", "maxPercent", ""},
	{requestCheck, "matcher", "successCodes", ""},
	{requestCheck, "healthythresholdcount", "healthyThreshold", ""},
	{requestCheck, "unhealthythresholdcount retries", "unhealthyThreshold", ""},
	{requestCheck, "healthcheckinterval", "interval", ""},
	{anyCheck, "intervalseconds healthcheckintervalseconds", "interval", "write interval with its unit, such as 30s"},
	{anyCheck, "timeoutseconds healthchecktimeoutseconds", "timeout", "write timeout with its unit, such as 5s"},
	{requestCheck, "startperiod startperiodseconds", "gracePeriod", ""},
	{ending(`service\.healthCheck`), "command test", "", "the load balancer's health check is a request; write " +
		"healthCheck: {command: […]} in container for a command"},
	{ending(`service\.targetGroup`), "deregistrationdelayseconds", "deregistrationDelay", ""},
	{ending(`loadBalancer`), "protocol", "",
		"the load balancer speaks HTTP; remove it, and write domain, or https: {certificates: […]}, for HTTPS"},
	{ending(`loadBalancer`), "domainzone hostedzone", "domain.zone", ""},
	{ending(`loadBalancer`), "redirecthttp redirecthttptohttps", "https.redirect", ""},
	{ending(`logs`), "retentionindays logretentiondays", "retentionDays", ""},
	{ending(`logs`), "group loggroup loggroupname groupname name", "existing", ""},
	{ending(`logs`), "streamprefix awslogsstreamprefix", "", "each log stream is named after the task; remove it"},
	{ending(`logs`), "expiration", "retentionDays", ""},
	{ending(`logs`), "mode", "blocking", "write blocking: true, or false for the mode non-blocking"},
	{ending(`logs`), "maxbuffersize", "buffer", ""},
	{ending(`logs`), "driver logdriver", "", "logs always go to CloudWatch; remove it"},
	{ending(`scaling`), "minreplicas mintasks mincount mininstances minsize mincapacity minimum", "min", ""},
	{ending(`scaling`), "maxreplicas maxtasks maxcount maxinstances maxsize maxcapacity maximum", "max", ""},
	{ending(`scaling`), "cpupercentage targetcpuutilizationpercentage targetutilizationpercent targetcpu " +
		"cpuutilization", "cpu", "write cpu: {percent: …}"},
	{ending(`scaling`), "memorypercentage targetmemoryutilizationpercentage targetmemory memoryutilization", "memory",
		"write memory: {percent: …}"},
	{ending(`scaling`), "range", "", "write min and max"},
	{ending(`scaling`), "policies cooldown", "",
		"write the policies by what they measure, such as cpu: {percent: 60, scaleInCooldown: 5m}"},
	{ending(`scaling\.(cpu|memory)`), "target targetvalue threshold value averageutilization utilization percentage " +
		"targetpercent targetutilization", "percent", ""},
	{ending(`alarms\.(cpu|memory|serverErrors)`), "threshold target value", "percent", ""},
	{ending(`scaling\.requests`), "pertask pertarget target threshold value targetvalue requestspertarget " +
		"requestcountpertarget", "perMinute", ""},
	{ending(`scaling\.responseTime|alarms\.latency`), "threshold target value targetvalue ms", "milliseconds", ""},
	{ending(`scaling\.backlog`), "target targetvalue value threshold messages messagespertask backlogpertask " +
		"acceptablebacklogpertask", "perTask", ""},
	{ending(`scaling\.backlog`), "acceptablelatency latency msgprocessingtime", "perTask",
		"write perTask: the time that a message may wait, divided by the time that a task takes for one, such as " +
			"perTask: 100"},
	{ending(`scaling\.metrics\.[^.]+`), "targetvalue value threshold", "target", ""},
	{anyMetric, "metricname metric", "name", ""},
	{anyMetric, "unit", "", "the metric is read in the unit in which it is published; remove it"},
	{anyMetric, "customizedmetricspecification", "name", "write namespace, name, statistic and dimensions here"},
	{ending(`scaling\.(cpu|memory|requests|responseTime|backlog|metrics\.[^.]+)`), "disablescalein", "scaleIn",
		"write scaleIn: false if the policy must not remove tasks, or remove it"},
	{ending(`alarms\.oldestMessage`), "threshold seconds maxage", "age", ""},
	{ending(`alarms\.(cpu|memory|serverErrors)`), "above rate", "percent", ""},
	{ending(`alarms\.latency`), "above p99", "milliseconds", ""},
	{ending(`alarms\.(serverErrors|deadLetters)`), "count threshold errors messages min", "atLeast", ""},
	{ending(`alarms\.unhealthyHosts`), "count threshold", "", "it fires for a single one already; remove it"},
	{ending(`alarms\.[^.]+`), "period evaluationperiods duration for", "minutes",
		"write minutes: the number of minutes in a row, such as minutes: 5"},
	{ending(`alarms`), "sns snstopic snstopicarn actions alarmactions", "topic", ""},
	{ending(`alarms`), "5xx http5xx errors5xx errorrate servererrorrate", "serverErrors", ""},
	{ending(`alarms`), "cpuutilization", "cpu", ""},
	{ending(`alarms`), "memoryutilization", "memory", ""},
	{ending(`alarms`), "responsetime targetresponsetime", "latency", ""},
	{ending(`alarms`), "dlq deadletterqueue", "deadLetters", ""},
	{ending(`alarms`), "runningtasks taskcount", "fewerRunning", ""},
	{anyStep, "threshold value from", "at", ""},
	{anyStep, "scalingadjustment adjustment", "change", ""},
	{anyStep, "lowerbound metricintervallowerbound", "at", "write at: the value of the metric at which the step begins, " +
		"and not its distance from the alarm's threshold"},
	{anyStep, "upperbound metricintervalupperbound to", "", "a step ends where the next one begins; remove it"},
	{ending(`scaling\.steps\.[^.]+`), "threshold", "steps", ""},
	{ending(`scaling\.steps\.[^.]+`), "adjustmenttype", "adjustment", "write adjustment: tasks, percent or exact"},
	{ending(`scaling\.steps\.[^.]+`), "minadjustmentmagnitude", "atLeast", ""},
	{ending(`scaling\.steps\.[^.]+`), "evaluationperiods", "minutes", ""},
	{ending(`scaling\.steps\.[^.]+`), "comparisonoperator", "when", "write when: above or below"},
	{ending(`schedule|scaling\.schedules\.[^.]+`), "every interval", "rate", ""},
	{regexp.MustCompile(`^preview$`), "ttl lifetime expires expiry maxage", "days", ""},
	{regexp.MustCompile(`^preview$`), "host hosts hostname domains domainname", "domain", ""},
	{regexp.MustCompile(`^state$`), "bucket region prefix key kmskey create", "s3",
		"write it in s3, such as s3: {bucket: my-states, region: eu-west-1}"},
	{regexp.MustCompile(`^state$`), "type backend", "", "write the settings in s3 or remote; remove it"},
	{regexp.MustCompile(`^state$`), "cloud", "remote", ""},
	{regexp.MustCompile(`^pipeline$`), "provider", "", "write github: {repository: …}, or gitlab: {project: …}"},
	{regexp.MustCompile(`^pipeline$`), "oidcprovider openidconnectprovider", "createProvider", ""},
	{regexp.MustCompile(`^pipeline$`), "role roles rolearn", "", "the stack creates the roles; remove it"},
	{regexp.MustCompile(`^pipeline\.github$`), "owner organization org", "repository",
		"write it in repository, such as repository: acme/shop"},
	{regexp.MustCompile(`^pipeline\.github$`), "environment environments", "",
		"the role that deploys is for jobs in the GitHub environment with the stack's name; remove it"},
	{regexp.MustCompile(`^pipeline\.gitlab$`), "repository repo path projectpath", "project", ""},
	{regexp.MustCompile(`^pipeline\.gitlab$`), "host url", "hostname", ""},
	{regexp.MustCompile(`^pipeline\.git(hub|lab)$`), "branches ref", "branch", ""},
	{ending(`release`), "run", "command", ""},
	{ending(`release`), "image", "", "the command runs in the service's own image; remove it"},
	{ending(`release`), "environment env secrets", "", "the command has the service's own variables; remove it"},
	{ending(`release`), "retries", "", "the command runs once; remove it"},
	{ending(`tracing`), "provider vendor xray", "", "traces always go to X-Ray; remove it"},
	{ending(`tracing`), "enabled", "", "a section that is there is turned on; remove it, or the whole section for none"},
	{ending(`queue`), "maxreceivecount", "maxReceives", ""},
	{ending(`queue`), "visibilitytimeoutseconds", "visibilityTimeout",
		"write visibilityTimeout with its unit, such as 30s"},
	{ending(`queue`), "messageretentionperiod messageretentionseconds", "retentionPeriod", ""},
	{ending(`queue`), "retentiondays", "retentionPeriod", "write retentionPeriod with its unit, such as 336h for 14 days"},
	{ending(`queue`), "retries tries attempts maxattempts", "maxReceives", ""},
	{ending(`queue`), "type", "fifo", "write fifo: true for a FIFO queue, or remove it"},
	{ending(`queue`), "env environment", "variable", ""},
	{ending(`queue`), "name url arn", "existing",
		"write existing with the name of a queue that exists; one of the stack has a name of its own"},
	{ending(`queue`), "dlq deadletterqueue redrivepolicy", "maxReceives",
		"a queue for dead letters is always there; remove it, and write maxReceives for when a message goes there"},
	{regexp.MustCompile(`^network$`), "id", "existing.id", ""},
	{regexp.MustCompile(`^network$`), "vpc", "", "write existing for a VPC that exists, or new"},
	{regexp.MustCompile(`^network$`), "privatesubnets", "existing.privateSubnets",
		"write existing: {privateSubnets: {ids: […]}}"},
	{regexp.MustCompile(`^network$`), "publicsubnets", "existing.publicSubnets",
		"write existing: {publicSubnets: {ids: […]}}"},
	{regexp.MustCompile(`^observability$`), "metrics", "",
		"the metrics of ECS are always there; write containerInsights for more of them, or alarms"},

	// Docker and Compose.
	{commandCheck, "test", "command", ""},
	{anyContainer, "workdir workingdir", "workingDirectory", ""},
	{anyContainer, "memlimit memorylimit", "memory", ""},
	{anyContainer, "memreservation", "memoryReservation", ""},
	{anyContainer, "stopgraceperiod", "stopTimeout", ""},
	{anyContainer, "restart", "", "ECS starts a new task when an essential container ends; remove it, or write " +
		"restartPolicy: {} to restart the container alone"},
	{anyContainer, "build dockerfile", "image",
		"the image is built before; push it to a registry, and write image"},
	{anyContainer, "hostname", "", "Fargate gives each task its host name; remove it"}, // ECS API, ContainerDefinition
	{anyContainer, "networks network", "", "all containers of a task share its network; remove it"},
	{anyContainer, "expose", "ports", ""},
	{anyContainer, "deploy", "", "write task for CPU and memory, service for the number of tasks, and scaling"},
	{top, "logging", "logs", ""}, // and not login
	{top, "deploy", "", "write task for CPU and memory, service for the number of tasks, and scaling"},
	{top, "workers", "", "write each under services, such as services: {mailer: {worker: true, container: {image: …}}}"},
	{top, "stage", "", "write each stage under environments, such as environments: {prod: {}}"},
	{top, "build dockerfile", "",
		"the image is built before; push it to a registry, and write container: {image: …}"},

	// Kubernetes.
	{anyContainer, "args", "command", ""},
	{anyContainer, "volumemounts", "mounts", ""},
	{servingContainer, "livenessprobe startupprobe readinessprobe", "", "write service: {healthCheck: {path: …}} " +
		"beside container for requests of the load balancer, or healthCheck: {command: […]} here for a command"},
	{anyContainer, "livenessprobe startupprobe readinessprobe", "", "write healthCheck: {command: […]}; requests " +
		"check only the main container of a service"},
	{anyContainer, "resources limits requests", "", "write cpu and memory here, or those of the whole task in task"},
	{anyWorkload, "initcontainers", "sidecars", "write each under sidecars, such as sidecars: {migrate: {image: …, " +
		"essential: false}}, and container: {dependsOn: {migrate: SUCCESS}}"},
	{anyContainer, "imagepullpolicy", "", "each task pulls its image when it starts; remove it"},
	{anyContainer, "securitycontext", "", "write user and readOnly"},
	{anyContainer, "terminationgraceperiodseconds", "stopTimeout", "write stopTimeout with its unit, such as 30s"},
	{anyCheck, "periodseconds", "interval", "write interval with its unit, such as 30s"},
	{requestCheck, "initialdelayseconds", "gracePeriod", "write gracePeriod with its unit, such as 60s"},
	{requestCheck, "failurethreshold", "unhealthyThreshold", ""},
	{requestCheck, "successthreshold", "healthyThreshold", ""},
	{requestCheck, "httpget", "path", ""},
	{commandCheck, "initialdelayseconds", "startPeriod", "write startPeriod with its unit, such as 60s"},
	{commandCheck, "failurethreshold", "retries", ""},
	{commandCheck, "successthreshold", "", "one successful check is enough for ECS; remove it"},
	{commandCheck, "startperiodseconds", "startPeriod", "write startPeriod with its unit, such as 60s"},
	{commandCheck, "exec", "command", ""},

	// Copilot and other platforms.
	{anyContainer, "envvars", "environment", ""},
	{ending(`login`), "domain", "cognito.domain", ""},
	{ending(`login`), "scopes", "scope", "write scope with spaces between its words, such as scope: openid email"},
	{ending(`login`), "cookie cookiename", "sessionCookie", ""},
	{ending(`login`), "provider", "cognito", "write cognito: {userPool: …, client: …, domain: …}"},
	{ending(`login`), "clientsecret", "", "the load balancer gets the secret from the user pool; remove it"},
	{ending(`login\.cognito`), "userpoolclientid userpoolclient clientid", "client", ""},
	{ending(`login\.cognito`), "userpooldomain", "domain", ""},
	{ending(`login\.cognito`), "clientsecret", "", "the load balancer gets the secret from the user pool; remove it"},
	{ending(`login`), "oidc google", "cognito",
		"only user pools of Cognito are supported; write cognito, and add the provider to the user pool"},
}

// adviseForeignKey returns what to write instead of a key of another tool in a section, and the path of the setting of
// the same meaning, if any.
func adviseForeignKey(section, word string, isList bool) (advice, path string) {
	if anyContainer.MatchString(section) && word == "volumes" && isList { // Compose
		return "did you mean mounts?", configfile.JoinPath(section, "mounts")
	}
	if section == "" && word == "containers" && isList { // Kubernetes, ECS
		return "write container for the application, and the others under sidecars", "container"
	}
	for _, foreign := range slices.Concat(foreignKeys, absentKeys) {
		if !foreign.section.MatchString(section) || !slices.Contains(strings.Fields(foreign.words), word) {
			continue
		}
		if foreign.key != "" {
			path = configfile.JoinPath(section, foreign.key)
		}
		if advice = foreign.advice; advice == "" {
			advice = "did you mean " + foreign.key + "?"
		}
		return advice, path
	}
	return "", ""
}

// ending matches the paths of sections that end with some keys.
func ending(keys string) *regexp.Regexp { return regexp.MustCompile(`(^|\.)(` + keys + `)$`) }
