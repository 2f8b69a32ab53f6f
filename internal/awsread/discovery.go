package awsread

import (
	discovery "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	discoverytypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// Namespaces returns all Cloud Map namespaces of the account and region.
func (r *Reader) Namespaces() []discoverytypes.NamespaceSummary {
	pages := discovery.NewListNamespacesPaginator(discovery.NewFromConfig(r.cfg), &discovery.ListNamespacesInput{})
	items := func(out *discovery.ListNamespacesOutput) []discoverytypes.NamespaceSummary { return out.Namespaces }
	return All(r, "the namespaces", pages, items)
}

// DiscoverableServices returns the services of a Cloud Map namespace.
func (r *Reader) DiscoverableServices(namespace string) []discoverytypes.ServiceSummary {
	pages := discovery.NewListServicesPaginator(discovery.NewFromConfig(r.cfg), &discovery.ListServicesInput{
		Filters: []discoverytypes.ServiceFilter{
			{Name: discoverytypes.ServiceFilterNameNamespaceId, Values: []string{namespace}},
		},
	})
	items := func(out *discovery.ListServicesOutput) []discoverytypes.ServiceSummary { return out.Services }
	return All(r, "the services of the namespace "+namespace, pages, items)
}
