package diagram

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"webapp/internal/tfstack"
	"webapp/settings"
)

// sharedBalancer is the node of a load balancer that the stack only adds rules to.
const sharedBalancer = "A load balancer of another stack"

// drawing is a Mermaid flowchart under construction.
type drawing struct {
	*network
	inside map[string][]string // lines of a tier, by its id
	ids    map[string]string   // the node of a tfstack.Resource, by its address
	groups map[string][]string // the nodes in a security group, by its address
	peers  map[string]string   // the title of the frame around nodes that may call each other, by node
	edges  []string
	above  []string // nodes outside the VPC
	within []string // nodes in the VPC, but in no subnet
}

// mermaid draws a stack as a Mermaid flowchart: which resources are in which subnets, where requests go, and which
// connections are allowed. It leaves out resources of other types.
func (s stack) mermaid() string {
	d := &drawing{
		network: newNetwork(s), inside: map[string][]string{}, ids: map[string]string{}, groups: map[string][]string{},
		peers: map[string]string{},
	}
	d.nodes()
	d.requests()
	d.connections()
	d.exits()

	var text strings.Builder
	text.WriteString("%%{init: {\"flowchart\": {\"wrappingWidth\": 400}}}%%\nflowchart TB\n")
	for _, line := range d.above {
		text.WriteString("  " + line + "\n")
	}
	title, lines := s.vpc()
	fmt.Fprintf(&text, "  subgraph vpc[%s]\n", quote(title))
	if len(lines) > 0 {
		fmt.Fprintf(&text, "    vpc_what[%s]:::plain\n", quote(strings.Join(lines, "<br>")))
	}
	for _, t := range d.sorted() {
		fmt.Fprintf(&text, "    subgraph %s[%s]\n", t.id, quote(t.title))
		if len(t.subnets) > 0 {
			fmt.Fprintf(&text, "      %s_zones[%s]:::plain\n", t.id, quote(strings.Join(t.subnets, "<br>")))
		}
		d.writeNodes(&text, t)
		text.WriteString("    end\n")
	}
	for _, line := range d.within {
		text.WriteString("    " + line + "\n")
	}
	text.WriteString("  end\n")
	for _, edge := range d.edges {
		text.WriteString("  " + edge + "\n")
	}
	// Text without a border and a background is readable in light and in dark mode.
	text.WriteString("  classDef plain fill:none,stroke:none\n")
	return text.String()
}

// writeNodes writes the nodes of a tier, with a frame around those that may call each other.
func (d *drawing) writeNodes(text *strings.Builder, t *tier) {
	framed := map[string][]string{}
	for _, line := range d.inside[t.id] {
		id, _, _ := strings.Cut(line, "[")
		if group := d.peers[id]; group != "" {
			framed[group] = append(framed[group], line)
			continue
		}
		text.WriteString("      " + line + "\n")
	}
	for i, title := range slices.Sorted(maps.Keys(framed)) {
		fmt.Fprintf(text, "      subgraph %s_peers%d[%s]\n        %s\n      end\n",
			t.id, i+1, quote(title), strings.Join(framed[title], "\n        "))
	}
}

// node draws a tfstack.Resource in a tier, with lines of text, in its security groups.
func (d *drawing) node(t *tier, r tfstack.Resource, groups any, lines []string) {
	id := fmt.Sprintf("n%d", len(d.ids)+1)
	d.ids[r.Address()] = id
	d.inside[t.id] = append(d.inside[t.id], fmt.Sprintf("%s[%s]", id, quote(strings.Join(lines, "<br>"))))
	for _, group := range d.References(groups) {
		d.groups[group.Address()] = append(d.groups[group.Address()], id)
	}
}

func (d *drawing) nodes() {
	for _, lb := range d.Resources("aws_lb") {
		d.node(d.place(lb.Get("subnets")), lb, lb.Get("security_groups"), d.describeBalancer(lb))
	}
	for _, service := range d.Resources("aws_ecs_service") {
		in := service.Block("network_configuration")
		d.node(d.place(in.Get("subnets")), service, in.Get("security_groups"), d.describeService(service))
	}
	for _, task := range d.Resources("aws_ecs_task_definition") {
		if where := task.Block("tags"); where.Has(settings.SubnetsTag) {
			d.node(d.place(where.Get(settings.SubnetsTag)), task, where.Get(settings.SecurityGroupsTag), d.describeJob(task))
		}
	}
	for _, nat := range d.Resources("aws_nat_gateway") {
		zone := ""
		for _, subnet := range d.References(nat.Get("subnet_id")) {
			zone = "<br>" + d.zone(subnet.Get("availability_zone"))
		}
		d.node(d.place(nat.Get("subnet_id")), nat, nil, []string{"NAT gateway" + zone})
	}
	d.endpoints()
}

// endpoints draws gateway endpoints, and all interface endpoints as one node.
func (d *drawing) endpoints() {
	var services []string
	var first *tfstack.Resource
	for _, endpoint := range d.Resources("aws_vpc_endpoint") {
		if endpoint.Get("subnet_ids") == nil {
			id := fmt.Sprintf("n%d", len(d.ids)+1)
			d.ids[endpoint.Address()] = id
			d.within = append(d.within, fmt.Sprintf("%s[%s]", id, quote("Gateway endpoint<br>"+awsService(endpoint))))
			continue
		}
		if first == nil {
			first = &endpoint
		}
		services = append(services, awsService(endpoint))
	}
	if first != nil {
		slices.Sort(services)
		d.node(d.place(first.Get("subnet_ids")), *first, first.Get("security_group_ids"),
			append([]string{"<b>Interface endpoints</b>"}, services...))
	}
}

// requests draws where the listeners send requests.
func (d *drawing) requests() {
	for _, r := range d.routes() {
		from := ""
		for _, lb := range d.References(r.listener.Get("load_balancer_arn")) {
			from = d.ids[lb.Address()]
		}
		if from == "" {
			from = d.outside(sharedBalancer)
		}
		d.edge(from, "-->", r.label, d.ids[r.service.Address()])
	}
}

// connections draws the connections that security groups allow: those from outside, and those between nodes without an
// edge for requests.
func (d *drawing) connections() {
	flows := d.flows()
	for _, f := range flows {
		for _, from := range d.groups[f.From.group] {
			for _, to := range d.groups[f.To.group] {
				switch {
				case f.From.group == f.To.group && len(d.groups[f.To.group]) > 1:
					d.peers[to] = "among these: " + f.Ports
				case f.From.group != f.To.group && !d.drawn(from, to):
					d.edge(from, "-.->", f.Ports, to)
				}
			}
		}
	}
	type pair struct{ from, to string }
	var order []pair
	into := map[pair][]string{} // ports
	for _, f := range flows {
		for _, to := range d.groups[f.To.group] {
			isOutside := f.From.group == "" && !strings.HasPrefix(f.From.name, "sg-")
			if !isOutside || f.From.name == ownVPC && d.drawn("", to) {
				continue
			}
			p := pair{d.outside(f.From.name), to}
			if into[p] == nil {
				order = append(order, p)
			}
			into[p] = append(into[p], f.Ports)
		}
	}
	for _, p := range order {
		slices.Sort(into[p])
		d.edge(p.from, "-->", strings.Join(slices.Compact(into[p]), ", "), p.to)
	}
}

// exits draws where the routes lead of those tiers that services run in.
func (d *drawing) exits() {
	for _, t := range d.sorted() {
		if !d.hasService(t) {
			continue
		}
		for _, e := range t.exits {
			// Every line is drawn downwards, so that Mermaid puts the internet at the top and the tasks at the bottom.
			switch e.to.Type {
			case "aws_nat_gateway":
				d.edge(d.ids[e.to.Address()], "-.-", "", t.id)
			case "aws_vpc_endpoint":
				d.edge(t.id, "-.->", "", d.ids[e.to.Address()])
			case "aws_egress_only_internet_gateway":
				d.edge(d.outside(internet), "-.-", "out only, IPv6", t.id)
			case "aws_internet_gateway":
				d.edge(d.outside(internet), "-.-", "out, by public addresses", t.id)
			}
		}
	}
	for _, nat := range d.Resources("aws_nat_gateway") {
		d.edge(d.outside(internet), "-.-", "out only", d.ids[nat.Address()])
	}
}

func (d *drawing) hasService(t *tier) bool {
	return slices.ContainsFunc(d.Resources("aws_ecs_service"), func(service tfstack.Resource) bool {
		return d.place(service.Block("network_configuration").Get("subnets")) == t
	})
}

// outside returns the node of something outside the VPC.
func (d *drawing) outside(name string) string {
	id := idOf(name)
	line := fmt.Sprintf("%s([%s])", id, quote(name))
	if !slices.Contains(d.above, line) {
		d.above = append(d.above, line)
	}
	return id
}

// edge draws an arrow, unless one of its ends is not drawn.
func (d *drawing) edge(from, arrow, label, to string) {
	if from == "" || to == "" {
		return
	}
	if label != "" {
		label = "|" + quote(label) + "|"
	}
	line := from + " " + arrow + label + " " + to
	if !slices.Contains(d.edges, line) {
		d.edges = append(d.edges, line)
	}
}

// drawn reports whether there is an edge between two nodes. An empty from matches any node.
func (d *drawing) drawn(from, to string) bool {
	return slices.ContainsFunc(d.edges, func(edge string) bool {
		return (from == "" || strings.HasPrefix(edge, from+" ")) && strings.HasSuffix(edge, " "+to)
	})
}

// idOf makes a Mermaid id of a name.
func idOf(name string) string {
	return "x_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
}

// quote makes a label of a text. Mermaid reads # as the start of a character code.
func quote(text string) string {
	return `"` + strings.NewReplacer("#", "#35;", `"`, "#quot;").Replace(text) + `"`
}
