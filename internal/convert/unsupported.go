package convert

// unsupported are keys of a Compose file that are for the host of a container, and what becomes of them on Fargate.
type unsupported struct{ keys, why string }

// onFargate are keys of a service.
// Source: ECS developer guide, "Amazon ECS task definition differences for Fargate"; Compose specification, services.
var onFargate = []unsupported{
	{"tty stdin_open attach", "nobody is at the terminal of a task. For a shell in a running one, write service.exec"},
	{"gpus runtime", "Fargate has no GPU, and no choice of the runtime"},
	{"devices device_cgroup_rules", "a task has no devices of the host"},
	{"cap_add", "Fargate adds no capability but SYS_PTRACE, for which there is no setting"},
	{"cap_drop", "there is no setting for it; Fargate gives a container Docker's default capabilities"},
	{"shm_size", "Fargate does not change the size of /dev/shm"},
	{"sysctls", "there is no setting for kernel parameters (systemControls)"},
	{"dns dns_search dns_opt", "tasks on Fargate ask the DNS of their VPC; change its DHCP options or its resolver rules"},
	{"extra_hosts external_links", "Fargate writes no hosts into /etc/hosts; make records in a private hosted zone of " +
		"Route 53"},
	{"hostname domainname mac_address", "a task's host name and network interface are Fargate's; services reach each " +
		"other by service.connect"},
	{"security_opt userns_mode cgroup cgroup_parent isolation uts ipc", "Fargate isolates each task in its own way"},
	{"group_add", "a container has one group: write container.user, such as 1000:1000"},
	{"pid", "processes of other tasks and of the host are not reachable"},
	{"cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpuset blkio_config " +
		"memswap_limit mem_swappiness oom_kill_disable oom_score_adj pids_limit", "it is for a host that containers share; " +
		"write task.cpu and task.memory"},
	{"storage_opt", "write task.ephemeralStorage"},
	{"pull_policy pull_refresh_after", "each task pulls its image when it starts"},
	{"stop_signal", "the image decides it (STOPSIGNAL); ECS sends SIGTERM otherwise"},
	{"volumes_from", "Fargate keeps no volume; containers of one task share those of task.volumes"},
}

// ulimitsOnFargate are limits of a service. Source: ECS API, Ulimit.
var ulimitsOnFargate = []unsupported{
	{"core cpu data fsize locks memlock msgqueue nice nproc rss rtprio rttime sigpending stack",
		"tasks on Fargate have the operating system's limits; only that of open files (nofile) has a setting"},
}

var deployOnFargate = []unsupported{
	{"endpoint_mode", "the load balancer and service.connect distribute the requests"},
	{"labels", "it is a label of a Swarm service; write aws.tags for tags of resources"},
}
