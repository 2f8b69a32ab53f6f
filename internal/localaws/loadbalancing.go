package localaws

import "net/url"

// loadBalancingPatches give a load balancer the scheme that AWS gives it: moto leaves it empty where none is asked for.
func loadBalancingPatches() map[string]formPatch {
	return map[string]formPatch{
		"CreateLoadBalancer": {rewriteRequest: func(form url.Values) {
			if form.Get("Scheme") == "" {
				form.Set("Scheme", "internet-facing")
			}
		}},
	}
}
