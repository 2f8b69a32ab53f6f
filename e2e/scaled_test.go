package e2e

import (
	"testing"
	"time"

	"webapp/internal/localaws"
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
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(5 * time.Minute); must(d.status())(t).Services[0].Running < 3; <-again.C {
		if time.Now().After(deadline) {
			t.Fatalf("no load brings 3 tasks: %+v", must(d.status())(t).Activities)
		}
	}
	if sent, failed := clients.end(); failed > 0 {
		t.Errorf("%d of %d requests failed", failed, sent)
	}
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}
