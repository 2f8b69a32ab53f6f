package awsread

import (
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// scalableID is how Application Auto Scaling names a service.
func scalableID(cluster, service string) string { return "service/" + cluster + "/" + service }

// ScalableTarget returns the scalable target of an ECS service; nil where its number of tasks is fixed.
func (r *Reader) ScalableTarget(cluster, service string) *scalingtypes.ScalableTarget {
	found := Call(r, "the scaling of "+service, scaling.NewFromConfig(r.cfg).DescribeScalableTargets,
		&scaling.DescribeScalableTargetsInput{
			ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceIds: []string{scalableID(cluster, service)},
		})
	if len(found.ScalableTargets) == 0 {
		return nil
	}
	return &found.ScalableTargets[0]
}

// ScalableTargets returns the scalable targets of all ECS services.
func (r *Reader) ScalableTargets() []scalingtypes.ScalableTarget {
	pages := scaling.NewDescribeScalableTargetsPaginator(scaling.NewFromConfig(r.cfg),
		&scaling.DescribeScalableTargetsInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs})
	items := func(out *scaling.DescribeScalableTargetsOutput) []scalingtypes.ScalableTarget {
		return out.ScalableTargets
	}
	return All(r, "the scalable targets", pages, items)
}

// ScalingPolicies returns the scaling policies of an ECS service.
func (r *Reader) ScalingPolicies(cluster, service string) []scalingtypes.ScalingPolicy {
	id := scalableID(cluster, service)
	pages := scaling.NewDescribeScalingPoliciesPaginator(scaling.NewFromConfig(r.cfg),
		&scaling.DescribeScalingPoliciesInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &id})
	items := func(out *scaling.DescribeScalingPoliciesOutput) []scalingtypes.ScalingPolicy {
		return out.ScalingPolicies
	}
	return All(r, "the scaling policies of "+service, pages, items)
}

// ScheduledActions returns the scheduled actions of an ECS service.
func (r *Reader) ScheduledActions(cluster, service string) []scalingtypes.ScheduledAction {
	id := scalableID(cluster, service)
	pages := scaling.NewDescribeScheduledActionsPaginator(scaling.NewFromConfig(r.cfg),
		&scaling.DescribeScheduledActionsInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &id})
	items := func(out *scaling.DescribeScheduledActionsOutput) []scalingtypes.ScheduledAction {
		return out.ScheduledActions
	}
	return All(r, "the scheduled actions of "+service, pages, items)
}

// ScalingActivities returns what Application Auto Scaling has done to a service, the newest first.
func (r *Reader) ScalingActivities(cluster, service string) []scalingtypes.ScalingActivity {
	id := scalableID(cluster, service)
	pages := scaling.NewDescribeScalingActivitiesPaginator(scaling.NewFromConfig(r.cfg),
		&scaling.DescribeScalingActivitiesInput{
			ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &id,
		})
	return All(r, "the scaling activities of "+id, pages,
		func(out *scaling.DescribeScalingActivitiesOutput) []scalingtypes.ScalingActivity {
			return out.ScalingActivities
		})
}
