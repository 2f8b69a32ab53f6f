package e2e

import (
	"net/http"
	"testing"
	"time"
)

// TestLoadAddsTasks deploys a service that runs, as stand-ins. Terraform leaves alone what scaling has changed.
func TestLoadAddsTasks(t *testing.T) {
	d := newRunningDeployment(t, 600*time.Millisecond)
	before := everything(t, d.aws)
	d.synthesizeText(`
name: shop
container: {image: nginx, ports: [8000]}
service: {assignPublicIp: true}
scaling:
  min: 1
  max: 3
  requests: {perMinute: 1, scaleOutCooldown: 1m}
`)
	d.apply()
	url, client := must(d.status())(t).Listeners[0].URL(), d.client()
	for deadline := time.Now().Add(5 * time.Minute); must(d.status())(t).Services[0].Running < 3; {
		if time.Now().After(deadline) {
			t.Fatalf("no load brings 3 tasks: %+v", must(d.status())(t).Activities)
		}
		if response, err := client.Get(url); err == nil { // a task that has just started may not answer yet
			_ = response.Body.Close()
		}
	}
	if response := must(client.Get(url))(t); response.StatusCode != http.StatusOK {
		t.Errorf("the scaled service answers %s", response.Status)
	} else {
		_ = response.Body.Close()
	}
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}
