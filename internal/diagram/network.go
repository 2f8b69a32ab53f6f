package diagram

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// tier is a group of subnets that are reached, and reach out, the same way.
type tier struct {
	id, title string
	subnets   []string // a line each
	ways      []way    // out of the VPC
}

// way is what a tier's routes lead to.
type way struct {
	to   resource
	what string // what goes there
}

// network knows the tier of each subnet.
type network struct {
	*Stack
	tiers  map[string]*tier // by id
	lookup map[string]*tier // those of subnets that are not the stack's own, by the value that finds them
}

func newNetwork(s *Stack) *network {
	n := &network{Stack: s, tiers: map[string]*tier{}, lookup: map[string]*tier{}}
	for _, subnet := range s.all("aws_subnet") {
		t := n.of(subnet)
		zone := s.zone(subnet.object["availability_zone"])
		t.subnets = append(t.subnets, strings.TrimSpace(zone+" "+plain(subnet.object["cidr_block"])))
	}
	for _, t := range n.tiers {
		slices.Sort(t.subnets)
	}
	return n
}

// of is the tier of a subnet: what its route table leads to decides.
func (n *network) of(subnet resource) *tier {
	var ways []way
	id, title := "isolated", "Subnets without a way out"
	for _, association := range n.all("aws_route_table_association") {
		if !n.refersTo(association.object["subnet_id"], subnet) {
			continue
		}
		for _, table := range n.refers(association.object["route_table_id"]) {
			for _, route := range n.all("aws_route") {
				if !n.refersTo(route.object["route_table_id"], table) {
					continue
				}
				what := cmp.Or(plain(route.object["destination_cidr_block"]), plain(route.object["destination_ipv6_cidr_block"]))
				for _, key := range []string{"gateway_id", "nat_gateway_id", "egress_only_gateway_id"} {
					for _, to := range n.refers(route.object[key]) {
						ways = append(ways, way{to, what})
					}
				}
			}
			for _, endpoint := range n.all("aws_vpc_endpoint") {
				if n.refersTo(endpoint.object["route_table_ids"], table) {
					ways = append(ways, way{endpoint, ""})
				}
			}
		}
	}
	for _, w := range ways {
		switch {
		case w.to.kind == "aws_internet_gateway":
			id, title = "public", "Public subnets"
		case id == "isolated" && w.to.kind != "aws_vpc_endpoint":
			id, title = "private", "Private subnets"
		}
	}
	t, ok := n.tiers[id]
	if !ok {
		t = &tier{id: id, title: title}
		n.tiers[id] = t
	}
	for _, w := range ways {
		if !slices.ContainsFunc(t.ways, func(other way) bool { return other.to.address == w.to.address && other.what == w.what }) {
			t.ways = append(t.ways, w)
		}
	}
	return t
}

// place is the tier of what stands in these subnets. Subnets of others are found only when Terraform runs, so that
// those that one value finds are a tier.
func (n *network) place(subnets any) *tier {
	for _, r := range n.refers(subnets) {
		if r.kind == "aws_subnet" && !r.data {
			return n.of(r)
		}
	}
	key, err := json.Marshal(subnets)
	if err != nil {
		panic(err) // it comes from JSON
	}
	t, ok := n.lookup[string(key)]
	if !ok {
		t = &tier{id: fmt.Sprintf("existing%d", len(n.lookup)+1), title: "Existing subnets"}
		if ids := plain(subnets); ids != "" {
			t.subnets = strings.Split(ids, ", ")
		} else {
			t.subnets = []string{"found when Terraform runs"}
		}
		n.lookup[string(key)] = t
		n.tiers[t.id] = t
	}
	return t
}

// all tiers, the public one first.
func (n *network) sorted() []*tier {
	order := []string{"public", "existing1", "private", "isolated"}
	return slices.SortedFunc(maps.Values(n.tiers), func(a, b *tier) int {
		place := func(t *tier) int {
			if i := slices.Index(order, t.id); i >= 0 {
				return i
			}
			return len(order)
		}
		return cmp.Or(place(a)-place(b), strings.Compare(a.id, b.id))
	})
}

var numbered = regexp.MustCompile(`names, (\d+)\)`)

// zone names an availability zone: by its name, or its number among the region's.
func (s *Stack) zone(value any) string {
	if name := plain(value); name != "" {
		return name
	}
	if number := numbered.FindStringSubmatch(fmt.Sprint(value)); number != nil {
		return fmt.Sprintf("zone %c", number[1][0]+1)
	}
	return "a zone"
}

// vpc describes the VPC that the stack is in: a title, and lines below it.
func (s *Stack) vpc() (title string, lines []string) {
	title = "VPC"
	for _, address := range slices.Sorted(maps.Keys(s.resources)) {
		r := s.resources[address]
		if r.kind != "aws_vpc" {
			continue
		}
		tags := block(r.object["tags"])
		switch {
		case !r.data:
			lines = append(lines, plain(tags["Name"]), plain(r.object["cidr_block"]))
		case r.object["default"] == true:
			title = "Default VPC"
		default:
			title = "Existing VPC"
			lines = append(lines, plain(r.object["id"]))
			for _, key := range slices.Sorted(maps.Keys(tags)) {
				lines = append(lines, key+": "+plain(tags[key]))
			}
		}
	}
	return title, slices.DeleteFunc(append(lines, s.region), func(line string) bool { return line == "" })
}
