package diagram

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// foreignBalancer is one that the stack only has rules in; its security group is not the stack's either.
const foreignBalancer = "A load balancer of another stack"

// drawing is a Mermaid flowchart that comes into being.
type drawing struct {
	*network
	inside map[string][]string // lines of a tier, by its id
	ids    map[string]string   // the node of a resource, by its address
	groups map[string][]string // the nodes that a security group is of, by its address
	edges  []string
	peers  map[string]string // the security group whose members may call each other, by the node
	// above and beside stand outside the VPC, and what stands in it but in no subnet.
	above, within []string
}

// Mermaid draws a stack as a Mermaid flowchart: what stands in which subnets, which requests go where, and what may
// connect to what. What it does not know, it does not draw.
func (s *Stack) Mermaid() string {
	d := &drawing{network: newNetwork(s), inside: map[string][]string{}, ids: map[string]string{}, groups: map[string][]string{}, peers: map[string]string{}}
	d.nodes()
	d.requests()
	d.connections()
	d.waysOut()

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
	// Without a border or background of its own, a text is readable in light and dark.
	text.WriteString("  classDef plain fill:none,stroke:none\n")
	return text.String()
}

// writeNodes writes what stands in a tier; around those that may call each other is a frame.
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

// node draws a resource in a tier, under an id of its own.
func (d *drawing) node(t *tier, r resource, groups any, lines []string) {
	id := fmt.Sprintf("n%d", len(d.ids)+1)
	d.ids[r.address] = id
	d.inside[t.id] = append(d.inside[t.id], fmt.Sprintf("%s[%s]", id, quote(strings.Join(lines, "<br>"))))
	for _, group := range d.refers(groups) {
		d.groups[group.address] = append(d.groups[group.address], id)
	}
}

func (d *drawing) nodes() {
	for _, lb := range d.all("aws_lb") {
		d.node(d.place(lb.object["subnets"]), lb, lb.object["security_groups"], d.describeBalancer(lb))
	}
	for _, service := range d.all("aws_ecs_service") {
		in := block(service.object["network_configuration"])
		d.node(d.place(in["subnets"]), service, in["security_groups"], d.describeService(service))
	}
	for _, nat := range d.all("aws_nat_gateway") {
		zone := ""
		for _, subnet := range d.refers(nat.object["subnet_id"]) {
			zone = "<br>" + d.zone(subnet.object["availability_zone"])
		}
		d.node(d.place(nat.object["subnet_id"]), nat, nil, []string{"NAT gateway" + zone})
	}
	d.endpoints()
}

// endpoints are one node for each set of subnets.
func (d *drawing) endpoints() {
	var services []string
	var first *resource
	for _, endpoint := range d.all("aws_vpc_endpoint") {
		if endpoint.object["subnet_ids"] == nil {
			d.ids[endpoint.address] = fmt.Sprintf("n%d", len(d.ids)+1)
			d.within = append(d.within, fmt.Sprintf("%s[%s]", d.ids[endpoint.address], quote("Gateway endpoint<br>"+service(endpoint))))
			continue
		}
		if first == nil {
			first = &endpoint
		}
		services = append(services, service(endpoint))
	}
	if first != nil {
		slices.Sort(services)
		d.node(d.place(first.object["subnet_ids"]), *first, first.object["security_group_ids"],
			append([]string{"<b>Interface endpoints</b>"}, services...))
	}
}

// requests draws what the listeners send where.
func (d *drawing) requests() {
	for _, r := range d.routes() {
		from := ""
		for _, lb := range d.refers(r.listener.object["load_balancer_arn"]) {
			from = d.ids[lb.address]
		}
		if from == "" {
			from = d.outside(foreignBalancer)
		}
		d.edge(from, "-->", r.label, d.ids[r.service.address])
	}
}

// connections draws what security groups let in from outside, and between what no request is drawn.
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
			if f.From.group != "" || strings.HasPrefix(f.From.name, "sg-") || f.From.name == ownVPC && d.drawn("", to) {
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

// waysOut draws where the routes of the tiers lead in which something runs.
func (d *drawing) waysOut() {
	for _, t := range d.sorted() {
		runs := slices.ContainsFunc(d.all("aws_ecs_service"), func(service resource) bool {
			return d.place(block(service.object["network_configuration"])["subnets"]) == t
		})
		for _, w := range t.ways {
			if !runs {
				continue
			}
			// Every line is drawn downwards, so that Mermaid lays the picture out from the internet to the tasks.
			switch w.to.kind {
			case "aws_nat_gateway":
				d.edge(d.ids[w.to.address], "-.-", "", t.id)
			case "aws_vpc_endpoint":
				d.edge(t.id, "-.->", "", d.ids[w.to.address])
			case "aws_egress_only_internet_gateway":
				d.edge(d.outside(internet), "-.-", "out only, IPv6", t.id)
			case "aws_internet_gateway":
				d.edge(d.outside(internet), "-.-", "out, by public addresses", t.id)
			}
		}
	}
	for _, nat := range d.all("aws_nat_gateway") {
		d.edge(d.outside(internet), "-.-", "out only", d.ids[nat.address])
	}
}

// outside is the node of something that is not in the VPC.
func (d *drawing) outside(name string) string {
	id := idOf(name)
	line := fmt.Sprintf("%s([%s])", id, quote(name))
	if !slices.Contains(d.above, line) {
		d.above = append(d.above, line)
	}
	return id
}

func (d *drawing) edge(from, arrow, label, to string) {
	if label != "" {
		label = "|" + quote(label) + "|"
	}
	if line := strings.Join(slices.DeleteFunc([]string{from, arrow + label, to}, func(s string) bool { return s == "" }), " "); !slices.Contains(d.edges, line) {
		d.edges = append(d.edges, line)
	}
}

// drawn says whether there is an edge; from anywhere, where from is empty.
func (d *drawing) drawn(from, to string) bool {
	return slices.ContainsFunc(d.edges, func(edge string) bool {
		return (from == "" || strings.HasPrefix(edge, from+" ")) && strings.HasSuffix(edge, " "+to)
	})
}

// idOf makes a name an id of Mermaid's.
func idOf(name string) string {
	return "x_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
}

// quote makes a text a label. Mermaid reads # as the beginning of a character's number.
func quote(text string) string {
	return `"` + strings.NewReplacer("#", "#35;", `"`, "#quot;").Replace(text) + `"`
}
