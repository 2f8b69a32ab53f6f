package diagram

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/tfstack"
)

// tier is a group of subnets with the same routes out of the VPC.
type tier struct {
	id, title string
	subnets   []string // a line each
	exits     []exit   // of the VPC
}

// exit is a gateway or an endpoint that a tier's routes lead to.
type exit struct {
	to          tfstack.Resource
	destination string // of the route
}

// network holds the tier of each subnet.
type network struct {
	stack
	tiers    map[string]*tier // by id
	existing map[string]*tier // of subnets that the stack does not create, by the value that finds them
}

func newNetwork(s stack) *network {
	n := &network{stack: s, tiers: map[string]*tier{}, existing: map[string]*tier{}}
	for _, subnet := range s.Resources("aws_subnet") {
		t := n.of(subnet)
		zone := s.zone(subnet.Get("availability_zone"))
		t.subnets = append(t.subnets, strings.TrimSpace(zone+" "+literal(subnet.Get("cidr_block"))))
	}
	for _, t := range n.tiers {
		slices.Sort(t.subnets)
	}
	return n
}

// of returns the tier of a subnet, which depends on what its route table leads to.
func (n *network) of(subnet tfstack.Resource) *tier {
	exits := n.exits(subnet)
	id, title := "isolated", "Isolated subnets"
	for _, e := range exits {
		switch {
		case e.to.Type == "aws_internet_gateway":
			id, title = "public", "Public subnets"
		case id == "isolated" && e.to.Type != "aws_vpc_endpoint":
			id, title = "private", "Private subnets"
		}
	}
	t, ok := n.tiers[id]
	if !ok {
		t = &tier{id: id, title: title}
		n.tiers[id] = t
	}
	for _, e := range exits {
		if !slices.ContainsFunc(t.exits, e.is) {
			t.exits = append(t.exits, e)
		}
	}
	return t
}

func (e exit) is(other exit) bool {
	return e.to.Address() == other.to.Address() && e.destination == other.destination
}

// exits lists what the routes of a subnet lead to.
func (n *network) exits(subnet tfstack.Resource) []exit {
	var exits []exit
	for _, association := range n.Resources("aws_route_table_association") {
		if !n.RefersTo(association.Get("subnet_id"), subnet) {
			continue
		}
		for _, table := range n.References(association.Get("route_table_id")) {
			exits = append(exits, n.exitsOf(table)...)
		}
	}
	return exits
}

func (n *network) exitsOf(table tfstack.Resource) []exit {
	var exits []exit
	for _, route := range n.Resources("aws_route") {
		if !n.RefersTo(route.Get("route_table_id"), table) {
			continue
		}
		destination := cmp.Or(literal(route.Get("destination_cidr_block")),
			literal(route.Get("destination_ipv6_cidr_block")))
		for _, key := range []string{"gateway_id", "nat_gateway_id", "egress_only_gateway_id"} {
			for _, to := range n.References(route.Get(key)) {
				exits = append(exits, exit{to, destination})
			}
		}
	}
	for _, endpoint := range n.Resources("aws_vpc_endpoint") {
		if n.RefersTo(endpoint.Get("route_table_ids"), table) {
			exits = append(exits, exit{endpoint, ""})
		}
	}
	return exits
}

// place returns the tier of something in these subnets. Subnets that the stack does not create are known only when
// Terraform runs, so the subnets that one expression finds form a tier.
func (n *network) place(subnets any) *tier {
	for _, r := range n.References(subnets) {
		if r.Type == "aws_subnet" && !r.Data {
			return n.of(r)
		}
	}
	key, err := json.Marshal(subnets)
	if err != nil {
		panic(err) // cannot happen: the value came from JSON
	}
	t, ok := n.existing[string(key)]
	if !ok {
		t = &tier{id: fmt.Sprintf("existing%d", len(n.existing)+1), title: "Existing subnets"}
		if ids := literal(subnets); ids != "" {
			t.subnets = strings.Split(ids, ", ")
		} else {
			t.subnets = []string{"known when Terraform runs"}
		}
		n.existing[string(key)] = t
		n.tiers[t.id] = t
	}
	return t
}

// sorted returns the tiers, the public one first.
func (n *network) sorted() []*tier {
	order := []string{"public", "existing1", "private", "isolated"}
	return slices.SortedFunc(maps.Values(n.tiers), func(a, b *tier) int {
		rank := func(t *tier) int {
			if i := slices.Index(order, t.id); i >= 0 {
				return i
			}
			return len(order)
		}
		return cmp.Or(rank(a)-rank(b), strings.Compare(a.id, b.id))
	})
}

var numbered = regexp.MustCompile(`names, (\d+)\)`)

// zone returns the name of an availability zone, or its number among the zones of the region.
func (s stack) zone(value any) string {
	if name := literal(value); name != "" {
		return name
	}
	if number := numbered.FindStringSubmatch(fmt.Sprint(value)); number != nil {
		return fmt.Sprintf("zone %c", number[1][0]+1)
	}
	return "a zone"
}

// vpc describes the VPC that the stack is in: a title, and the lines below it.
func (s stack) vpc() (title string, lines []string) {
	title = "VPC"
	for _, vpc := range s.Resources("aws_vpc") {
		lines = append(lines, literal(vpc.Block("tags").Get("Name")), literal(vpc.Get("cidr_block")))
	}
	for _, vpc := range s.DataSources("aws_vpc") {
		if vpc.Get("default") == true {
			title = "Default VPC"
			continue
		}
		title = "Existing VPC"
		lines = append(lines, literal(vpc.Get("id")))
		tags := vpc.Block("tags")
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			lines = append(lines, key+": "+literal(tags[key]))
		}
	}
	lines = append(lines, literal(s.Region()))
	return title, slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}
