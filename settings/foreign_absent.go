package settings

import "regexp"

const (
	noFargate  = "Fargate does not offer it; remove it"
	noSetting  = "there is no setting for it; remove it"
	byOverride = "there is no setting for it; remove it, or set it with overrides, as docs/overrides.md describes"
	ownRouting = "the stack makes the listeners and rules; remove it, and write routing for what the service gets"
	rolling    = "every deployment replaces tasks step by step; remove it, or write minHealthyPercent and maxPercent"
)

// absentKeys are the words of other tools for what Fargate or this project does not offer, or offers in another way.
// Without an entry, such a word may be taken for a setting that only looks like it: gpu for cpu, http2 for https.
// Sources: ECS API, RegisterTaskDefinition and CreateService; ECS developer guide, "Task definition differences for
// Fargate"; ELB API, CreateLoadBalancer, CreateListener and CreateTargetGroup; Compose specification, "Services".
var absentKeys = []foreignKey{
	{anyContainer, "gpu gpus resourcerequirements devices devicecgrouprules", "", "Fargate has no GPUs and no devices; " +
		"remove it"},
	{anyTask, "gpu gpus inferenceaccelerators", "", "Fargate has no GPUs; remove it"},
	{anyContainer, "cpus", "cpu", "write cpu in CPU units, of which a vCPU has 1024, such as cpu: 512"},
	{anyContainer, "cpushares", "cpu", ""},
	{anyContainer, "repository", "image", ""},
	{anyContainer, "containername", "name", ""},
	{ending(`sidecars\.[^.]+`), "name containername", "", "a sidecar has the name of its key under sidecars; remove it"},
	{anyContainer, "essential", "", "the container of a service or job is always essential; remove it"},
	{anyContainer, "initprocessenabled", "init", ""},
	{anyContainer, "linuxparameters", "init",
		"write init for its initProcessEnabled, and remove the others, which have no setting"},
	{anyContainer, "privileged securityopt dockersecurityoptions usernsmode sharedmemorysize shmsize maxswap swappiness " +
		"memswaplimit memswappiness oomkilldisable oomscoreadj pidslimit cpucount cpupercent cpuperiod cpuquota " +
		"cpurtruntime cpurtperiod cpuset blkioconfig cgroup cgroupparent ipc isolation macaddress runtime storageopt uts " +
		"driveropts useapisocket disablenetworking", "", noFargate},
	{anyContainer, "dnsservers dnssearchdomains dns dnsopt dnssearch extrahosts domainname", "",
		"Fargate tasks use the DNS of their VPC; remove it"},
	{anyContainer, "links externallinks", "",
		"the containers of a task reach each other at localhost, and other services by service.connect; remove it"},
	{anyContainer, "tmpfs", "",
		"Fargate has no file systems in memory; write a volume, such as task: {volumes: {tmp: {}}}, and mounts here"},
	{anyContainer, "volumesfrom", "mounts", "write the same volume in the mounts of both containers"},
	{anyContainer, "capabilities capadd capdrop groupadd pid systemcontrols sysctls starttimeout credentialspecs " +
		"credentialspec annotations poststart prestop models provider develop profiles", "", noSetting},
	{anyContainer, "interactive pseudoterminal tty stdinopen attach", "",
		"no terminal is attached to a task; remove it, and write service: {exec: true} to open a shell in one"},
	{anyContainer, "firelensconfiguration", "",
		"logs always go to CloudWatch; remove it, and write logs at the level of container"},
	{anyContainer, "configs", "",
		"write environment or secrets for the settings of a program; files come with the image or from a volume"},
	{anyContainer, "extends", "", "write the settings out, or merge those of another container with <<: *name"},
	{anyContainer, "scale", "", "write the number of tasks, such as service: {desiredCount: 2}"},
	{anyContainer, "labelfile", "labels", ""},
	{anyContainer, "pullpolicy", "", "each task pulls its image when it starts; remove it"},
	{anyContainer, "stopsignal", "",
		"ECS sends SIGTERM, or the STOPSIGNAL of the image; remove it, and write STOPSIGNAL into the Dockerfile for another"},
	{commandCheck, "disable", "", "remove healthCheck for none"},
	{commandCheck, "startinterval", "", "ECS always checks at the same interval; remove it"},

	{top, "cluster clustername", "", "the stack has a cluster of its own, with the stack's name; remove it"},
	{top, "capacityproviders defaultcapacityproviderstrategy", "service.capacity", ""},
	{top, "serviceconnectdefaults", "namespace", ""},
	{anyTask, "placementconstraints", "", "Fargate chooses where a task runs; remove it"},
	{anyTask, "ipcmode", "", noFargate},
	{anyTask, "pidmode proxyconfiguration enablefaultinjection", "", noSetting},
	{anyVolume, "name", "", "a volume has the name of its key under volumes; remove it"},
	{anyVolume, "host hostpath emptydir", "", "a volume without fileSystem is a folder of the task, such as data: {}; " +
		"remove it"},
	{anyVolume, "dockervolumeconfiguration fsxwindowsfileservervolumeconfiguration s3filesvolumeconfiguration driver " +
		"configuredatlaunch", "", "a volume is a folder of the task or a file system of EFS; remove it"},
	{anyVolume, "transitencryption transitencryptionport", "", "transfers to EFS are always encrypted; remove it"},
	{anyVolume, "authorizationconfig", "", "write accessPoint or iam here"},
	{anyVolume, "size", "", "a task has 20 GiB; remove it, and write task: {ephemeralStorage: …} for more"},

	{anyService, "cluster", "", "the stack has a cluster of its own; remove it"},
	{anyService, "servicename", "name", ""},
	{anyService, "taskdefinition", "", "write task and container, at the level of service"},
	{anyService, "loadbalancers", "", "write loadBalancer at the top of the file, and routing at the level of service"},
	{anyService, "availabilityzonerebalancing", "zoneRebalancing", ""},
	{anyService, "enableecsmanagedtags", "managedTags", ""},
	{anyService, "placementconstraints placementstrategy orderedplacementstrategy", "",
		"Fargate spreads tasks over the zones; remove it"},
	{anyService, "clienttoken iamrole forcedelete", "", noSetting},
	{anyService, "deploymentcontroller strategy baketimeinminutes lifecyclehooks linearconfiguration canaryconfiguration",
		"", "every deployment replaces tasks step by step; remove it, or write deployment: {minHealthyPercent: …, " +
			"maxPercent: …}"},
	{anyService, "forcenewdeployment", "deployment.redeploy",
		"write deployment: {redeploy: …} with another text whenever the tasks are to be replaced"},
	{anyService, "volumeconfigurations vpclatticeconfigurations", "", noSetting},
	{anyService, "ipaddresstype", "", "write loadBalancer: {dualStack: true} for clients with IPv6, or remove it"},
	{anyDeployment, "deploymentcircuitbreaker", "circuitBreaker", ""},
	{anyDeployment, "strategy type baketimeinminutes lifecyclehooks linearconfiguration canaryconfiguration", "", rolling},
	{anyDeployment, "forcenewdeployment", "redeploy",
		"write redeploy with another text whenever the tasks are to be replaced"},

	{anyConnect, "enabled", "", "write connect: {} to turn it on, or null to turn it off"},
	{anyConnect, "services clientaliases", "", "write name and port here, which other services call"},
	{anyConnect, "portname ingressportoverride", "port", ""},
	{anyConnect, "tls timeout logconfiguration accesslogconfiguration", "", byOverride},

	{anyTargetGroup, "healthcheckprotocol healthcheckport healthcheckpath healthcheckenabled healthcheckintervalseconds " +
		"healthchecktimeoutseconds healthythresholdcount unhealthythresholdcount matcher", "",
		"write healthCheck, at the level of targetGroup"},
	{anyTargetGroup, "name", "", "the stack names the target group; remove it"},
	{anyTargetGroup, "targettype", "", "the targets are the addresses of the tasks (ip); remove it"},
	{anyTargetGroup, "ipaddresstype", "", "the load balancer reaches tasks by IPv4; remove it"},
	{anyTargetGroup, "loadbalancingalgorithmtype", "algorithm", ""},
	{anyTargetGroup, "stickinessenabled lbcookieduration", "stickiness",
		"write stickiness: {}, with the duration of the cookie if it is not a day"},
	{anyTargetGroup, "preserveclientip proxyprotocolv2 connectiontermination lambdamultivalueheadersenabled", "",
		"it is not for Application Load Balancers; remove it"},
	{anyTargetGroup, "targetcontrolport", "", noSetting},
	{anyTargetGroup, "loadbalancingcrosszoneenabled", "", byOverride},
	{ending(`stickiness`), "enabled", "", "write stickiness: {} to turn it on, or null to turn it off"},
	{requestCheck, "healthcheckprotocol", "protocol", ""},
	{requestCheck, "healthcheckport", "port", ""},
	{requestCheck, "healthcheckenabled enabled", "", "the load balancer always checks tasks; remove it"},

	{ofLoadBalancer, "http2 enablehttp2", "", "HTTP/2 is on for all clients that use HTTPS; remove it"},
	{ofLoadBalancer, "type loadbalancertype", "", "it is always an Application Load Balancer; remove it"},
	{ofLoadBalancer, "ipaddresstype", "dualStack", "write dualStack: true for IPv4 and IPv6, or remove it for IPv4 alone"},
	{ofLoadBalancer, "subnetmappings", "", "an Application Load Balancer has no addresses of your choice; remove it"},
	{ofLoadBalancer, "enablecrosszoneloadbalancing", "", "it is always on; remove it"},
	{ofLoadBalancer, "defaultactions listeners targetgroups", "", ownRouting},
	{ofLoadBalancer, "loadbalancerarn", "existing", "write existing: {listener: …} with the ARN of its listener"},
	{ofLoadBalancer, "accesslogss3enabled", "accessLogs", ""},
	{ofLoadBalancer, "name clientkeepalive preservehostheader xffheaderprocessingmode enablexffclientport " +
		"enabletlsversionandciphersuiteheaders enablewaffailopen connectionlogs enablezonalshift customerownedipv4pool " +
		"ipampools", "", byOverride},

	{ending(`scaling`), "cpupercent", "cpu", "write cpu: {percent: …}"},
	{ending(`scaling`), "memorypercent", "memory", "write memory: {percent: …}"},
	{ending(`scaling`), "suspendedstate", "suspended", ""},
	{ending(`scaling`), "enabled", "",
		"scaling is on where the file has it; remove it, or all of scaling for a fixed number of tasks"},
	{ending(`scaling`), "policyname policytype targetvalue predefinedmetricspecification customizedmetricspecification " +
		"stepscalingpolicyconfiguration targettrackingscalingpolicyconfiguration scaleincooldown scaleoutcooldown " +
		"disablescalein", "", "write the policies by what they measure, such as cpu: {percent: 60, scaleInCooldown: 5m}"},
	{ending(`scaling`), "predictivescalingpolicyconfiguration rolearn servicenamespace resourceid scalabledimension", "",
		noSetting},

	{ending(`queue`), "delayseconds maximummessagesize receivemessagewaittimeseconds contentbaseddeduplication " +
		"kmsdatakeyreuseperiodseconds deduplicationscope fifothroughputlimit", "", byOverride},
	{ending(`queue`), "policy", "", noSetting},
	{ending(`queue`), "fifoqueue", "fifo", ""},
	{ending(`queue`), "kmsmasterkeyid", "kmsKey", ""},
	{ending(`queue`), "sqsmanagedsseenabled", "", "a queue is always encrypted; remove it"},
	{ending(`queue`), "name", "",
		"the stack names the queue; remove it, or write existing for one that is there already"},

	{ending(`logs`), "awslogsgroup", "existing", ""},
	{ending(`logs`), "options awslogsregion awslogsstreamprefix awslogscreategroup streamprefix prefix name", "",
		"the stack names the log group and its streams; remove it"},
	{ending(`logs`), "awslogsmultilinepattern awslogsdatetimeformat", "",
		"write multilinePattern in the container whose lines belong together"},
	{ending(`logs`), "class loggroupclass removalpolicy skipdestroy", "", byOverride},

	{newNetwork, "privatesubnets publicsubnets privatesubnetcidrs publicsubnetcidrs subnets subnetcidrs", "",
		"the ranges of the subnets follow from cidr; remove it, or write privateSubnetPrefix or publicSubnetPrefix for " +
			"their size"},
	{newNetwork, "enablednshostnames enablednssupport", "", "it is always on; remove it"},
	{newNetwork, "databasesubnets subnetconfiguration enablevpngateway secondarycidrblocks", "", noSetting},
	{newNetwork, "instancetenancy", "", byOverride},

	{anyJob, "timeout activedeadlineseconds", "",
		"a job has no time limit of its own; write it into the command, such as " +
			"container: {command: [timeout, \"3600\", bin/report]}"},
	{anyJob, "count taskcount parallelism completions concurrency desiredcount", "",
		"each run of a job is one task; remove it"},
	{anyJob, "concurrencypolicy overlap", "", "a schedule starts a run even if an earlier one has not ended; remove it"},
	{anyJob, "backofflimit restartpolicy", "", "a run that has started is never repeated; remove it"},
	{anyJob, "suspend enabled", "",
		"write schedule: null in an environment that is not to start the job, or remove schedule"},
	{anyJob, "scheduleexpression", "schedule", ""},
}

var (
	anyConnect     = ending(`service\.connect`)
	anyTargetGroup = ending(`service\.targetGroup`)
	ofLoadBalancer = regexp.MustCompile(`^loadBalancer$`)
	newNetwork     = regexp.MustCompile(`^network\.new$`)
	anyJob         = regexp.MustCompile(`^jobs\.[^.]+$`)
)
