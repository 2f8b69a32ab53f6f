package autoscaling

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"
)

// Activity is a scaling activity. Its words are AWS's.
// Source: Application Auto Scaling user guide, "Scaling activities for Application Auto Scaling".
type Activity struct {
	ID          string    `json:"id"`
	Resource    string    `json:"resource"` // service/CLUSTER/NAME
	Description string    `json:"description"`
	Cause       string    `json:"cause"`
	Status      string    `json:"status"`
	Message     string    `json:"message"`
	Start       time.Time `json:"start"`
	End         time.Time `json:"end,omitzero"`
}

// The states of an activity. Source: Application Auto Scaling API, ScalingActivity.
const (
	inProgress = "InProgress"
	successful = "Successful"
	overridden = "Overridden"
)

// kept is how many activities are remembered. AWS shows them for six weeks.
const kept = 200

// begin begins an activity. The lock is held.
func (a *AutoScaling) begin(resource, description, cause, message string) *Activity {
	one := &Activity{
		ID: newID(), Resource: resource, Description: description, Cause: cause, Status: inProgress, Message: message,
		Start: time.Now(),
	}
	a.activities = slices.Insert(a.activities, 0, one)
	a.activities = a.activities[:min(len(a.activities), kept)]
	return one
}

func (a *Activity) finish(status, message string) {
	a.Status, a.Message, a.End = status, message, time.Now()
}

// newID makes a UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Activities returns the last activities, the newest first.
func (a *AutoScaling) Activities() []Activity {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := []Activity{}
	for _, one := range a.activities {
		all = append(all, *one)
	}
	return all
}

// Describe answers DescribeScalingActivities.
func (a *AutoScaling) Describe(request map[string]any) map[string]any {
	listed := []any{}
	for _, one := range a.Activities() {
		if asked, given := request["ResourceId"].(string); given && asked != one.Resource {
			continue
		}
		described := map[string]any{
			"ActivityId": one.ID, "ServiceNamespace": "ecs", "ResourceId": one.Resource, "ScalableDimension": dimension,
			"Description": one.Description, "Cause": one.Cause, "StatusCode": one.Status,
			"StatusMessage": one.Message, "StartTime": seconds(one.Start),
		}
		if !one.End.IsZero() {
			described["EndTime"] = seconds(one.End)
		}
		listed = append(listed, described)
	}
	return map[string]any{"ScalingActivities": listed}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
