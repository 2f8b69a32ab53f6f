package e2e

import (
	"testing"

	"webapp/internal/localaws"
	"webapp/internal/localaws/scheduler"
)

// TestLoadAddsTasks deploys a service that runs, as stand-ins. Terraform leaves alone what scaling has changed.
func TestLoadAddsTasks(t *testing.T) {
	d := newRunningDeployment(t, localaws.MeasuringEvery(minuteLength))
	before := everything(t, d.aws)
	d.synthesizeText(`
name: shop
container: {image: nginx, ports: [8000]}
service: {assignPublicIp: true}
scaling:
  min: 1
  max: 3
  requests: {perMinute: 20, scaleOutCooldown: 1m}
`)
	d.apply()
	clients := d.begin("http://shop.example.com")
	d.awaitTasks("shop", "3 tasks", func(s scheduler.State) bool { return s.Running >= 3 })
	if sent, failed := clients.end(); failed > 0 {
		t.Errorf("%d of %d requests failed", failed, sent)
	}
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}
