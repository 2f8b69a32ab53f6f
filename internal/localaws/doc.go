// Package localaws is an AWS on this machine, to deploy to without an account: moto's server behind a small proxy.
//
//	Terraform, AWS SDK, aws ──► proxy ──► moto_server
//	                              ├ models and rules: what AWS refuses
//	                              └ patches: what moto lacks
//
// moto accepts nearly everything. So the proxy first checks each request against AWS's API models (package awsmodel),
// then against rules that stand in no model, such as quotas and names that exist, and answers as AWS would.
//
// moto keeps everything in memory and runs no containers: a service has its tasks at once, and nothing answers behind
// the load balancer. What moto does not know, or forgets, a patch fills in; each stands by itself, so that it can be
// dropped on the day moto learns it.
//
// The server stops with the process that started it, however that ends.
package localaws
