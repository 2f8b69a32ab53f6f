package settings

// LoadBalancer is the application load balancer, the only way in to the service.
type LoadBalancer struct {
	// Public faces the internet where true: anyone can reach the listener. Where false, only the VPC's own addresses
	// can. Default true.
	Public bool `yaml:"public"`

	// Port that the listener accepts HTTP on, 1 to 65535. Default 80.
	Port int `yaml:"port"`
}

func (l *LoadBalancer) setDefaults() {
	l.Public = true
	l.Port = 80
}

func (l *LoadBalancer) check(c checker) {
	checkPort(c.at("port"), l.Port)
}

const maxPort = 65535

func checkPort(c checker, port int) { within(c, port, 1, maxPort) }
