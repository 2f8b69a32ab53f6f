package convert

// writer converts an application for one environment.
type writer struct {
	*application
	root        *section
	environment string // "" for what all share

	certificates bool // the environment has certificates of its own
	placement    map[string]bool
	aliases      []alias
	redirect     value
}

// alias is a host of the application.
type alias struct {
	name  string
	value value
	main  bool
}

// environmentName is the name for values of the manifests.
func (w *writer) environmentName() string {
	if w.environment == "" {
		return unknownEnvironment
	}
	return w.environment
}

// environmentManifest carries the manifest of an environment.
func (w *writer) environmentManifest(v value) {
	vpc := v.get("network").get("vpc")
	network := w.root.at("network")
	subnets := vpc.get("subnets")
	if id := vpc.get("id"); id.given() {
		network.at("existing").setText("id", id)
		w.existingSubnets(subnets)
	} else {
		network.at("new").setText("cidr", vpc.get("cidr"))
		subnets.note("is not carried: the ranges follow from network.new.cidr; write network.new.zoneNames for the zones, " +
			"and publicSubnetPrefix and privateSubnetPrefix for the sizes")
	}
	vpc.get("security_group").note("is not carried: the load balancer may connect to the tasks, and services with " +
		"connect to each other. Write loadBalancer.allowedSources, namespace.allowedSources, or service.securityGroups " +
		"with a group of your own")
	switch logs := vpc.get("flow_logs"); {
	case vpc.get("id").given():
		logs.note("is not carried: flow logs of an existing VPC are its owner's; make an aws_flow_log in a stack of your own")
	case logs.isMap():
		network.at("new", "flowLogs").keep = true
		network.at("new", "flowLogs").setNumber("retentionDays", logs.get("retention"))
	case logs.isTrue() || logs.text() == "on":
		network.empty("new", "flowLogs")
	}
	v.get("cdn").note("is not carried: make a CloudFront distribution of your own with the load balancer's domain " +
		"as its origin, and write loadBalancer.allowedSources with the prefix list of CloudFront")
	w.balancer(v.get("http"))
	switch insights := v.get("observability").get("container_insights"); {
	case insights.isTrue():
		w.root.at("observability").setFrom(insights, "containerInsights", "on")
	case insights.isFalse():
		w.root.at("observability").setFrom(insights, "containerInsights", "off")
	}
}

func (w *writer) existingSubnets(v value) {
	for _, kind := range []struct{ theirs, ours string }{{"public", "publicSubnets"}, {"private", "privateSubnets"}} {
		var ids []any
		for _, subnet := range v.get(kind.theirs).items() {
			if id := subnet.get("id").text(); id != "" {
				ids = append(ids, id)
			}
		}
		if len(ids) > 0 {
			w.root.at("network", "existing", kind.ours).set("ids", ids)
		}
	}
}

// balancer carries the load balancer of an environment: the public one, or the internal one where no service is public.
func (w *writer) balancer(http value) {
	if !w.balanced {
		http.note("is not carried: no service has a load balancer")
		return
	}
	used, other := http.get("public"), http.get("private")
	if w.internal {
		used, other = other, used
	}
	other.note("is not carried: an application has one load balancer here. Write a file of its own for the services " +
		"behind the other one, with network.existing for the same VPC")
	lb := w.root.at("loadBalancer")
	if certificates := used.get("certificates"); len(certificates.items()) > 0 {
		w.certificates = true
		lb.at("https").setTexts("certificates", certificates)
		lb.at("https").setText("policy", used.get("ssl_policy"))
	} else {
		used.get("ssl_policy").note("is not carried: write loadBalancer.https.policy together with a domain or certificates")
	}
	switch logs := used.get("access_logs"); {
	case logs.isMap():
		lb.empty("accessLogs").setText("bucket", logs.get("bucket_name"))
		lb.at("accessLogs").setText("prefix", logs.get("prefix"))
	case logs.isTrue():
		lb.empty("accessLogs")
	}
	for _, ingress := range []value{used.get("ingress"), used.get("security_groups").get("ingress")} {
		lb.setRanges("allowedSources", ingress.get("source_ips"))
		for _, cdn := range []value{ingress.get("cdn"), ingress.get("restrict_to")} {
			if _, ok := lb.values["allowedSources"]; !ok && (cdn.isTrue() || cdn.get("cdn").isTrue()) {
				lb.close("allowedSources", "Copilot admits CloudFront only: write the id of its prefix list in your region.")
			}
			cdn.note("is not carried: write the id of CloudFront's prefix list in loadBalancer.allowedSources")
		}
		for _, key := range []string{"vpc", "from_vpc"} {
			if all := ingress.get(key); all.isTrue() {
				all.ignore() // the whole VPC is the default of an internal load balancer
			} else {
				all.note("is not carried: by default the whole VPC may connect; write loadBalancer.allowedSources")
			}
		}
	}
	used.get("subnets").note("is not carried: an internal load balancer is in the private subnets of the network; write " +
		"network.existing.privateSubnets")
}

// network writes where the tasks run: Copilot's default is public subnets, without a NAT gateway.
func (w *writer) network() {
	_, existing := w.root.at("network").values["existing"]
	if existing || len(w.placement) == 0 {
		return
	}
	if w.placement["private"] {
		w.root.at("network", "new").set("natGateways", 2, "Copilot has a NAT gateway in each of its two zones; 1 is cheaper.")
	} else {
		w.root.at("network", "new").set("natGateways", 0)
		if w.main == nil {
			w.root.at("service").set("assignPublicIp", true)
		}
	}
}

// domain writes the names of the application. Copilot requests certificates and makes records for aliases, unless the
// environment has certificates of its own.
func (w *writer) domain() {
	if len(w.aliases) == 0 {
		return
	}
	lb := w.root.at("loadBalancer")
	if w.certificates {
		if w.redirect.isFalse() {
			lb.at("https").set("redirect", false)
		}
		return
	}
	first := w.aliases[0]
	for _, a := range w.aliases {
		if a.main {
			first = a
			break
		}
	}
	zone := zoneOf(first.name)
	lb.at("domain").setFrom(first.value, "name", first.name)
	if zone == first.name {
		lb.at("domain").set("zone", zone)
	}
	var more []any
	for _, a := range w.aliases {
		switch {
		case a.name == first.name:
		case within(a.name, zone):
			lb.at("domain").origins[itemKey("aliases", len(more))] = a.value
			more = append(more, a.name)
		default:
			a.value.hint("%s is not in the zone %s of %s: make its DNS record and certificate by hand, and write "+
				"loadBalancer.https.certificates", a.name, zone, first.name)
		}
	}
	first.value.hint("the domain %s is expected in the hosted zone %s; write loadBalancer.domain.zone if it is in "+
		"another one. Leave the domain out until the move: the record points to Copilot's load balancer (docs/moving.md)",
		first.name, zone)
	if len(more) > 0 {
		lb.at("domain").set("aliases", more)
	}
	if w.redirect.isFalse() {
		lb.empty("https").set("redirect", false)
	}
}
