package loadbalancing

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistenerrule"

	"webapp/settings"
)

// authenticateCognito is the type of an action that asks users to log in. The next action gets their requests.
const authenticateCognito = "authenticate-cognito"

// defaultActions forwards requests to the target group, after a login if there is one. Without one, the action has no
// order: earlier releases wrote none.
func defaultActions(targets *TargetGroup, login *settings.Login) []*lblistener.LbListenerDefaultAction {
	forward := &lblistener.LbListenerDefaultAction{Type: jsii.String("forward"), TargetGroupArn: &targets.arn}
	if login == nil {
		return []*lblistener.LbListenerDefaultAction{forward}
	}
	forward.Order = jsii.Number(2)
	return []*lblistener.LbListenerDefaultAction{{
		Type: jsii.String(authenticateCognito), Order: jsii.Number(1),
		AuthenticateCognito: &lblistener.LbListenerDefaultActionAuthenticateCognito{
			UserPoolArn: &login.Cognito.UserPool, UserPoolClientId: &login.Cognito.Client,
			UserPoolDomain: &login.Cognito.Domain, Scope: &login.Scope, SessionCookieName: &login.SessionCookie,
			SessionTimeout:           jsii.Number(login.SessionTimeout.Seconds()),
			OnUnauthenticatedRequest: &login.Unauthenticated,
		},
	}, forward}
}

// ruleActions are defaultActions for a rule, for which the bindings have types of their own.
func ruleActions(targets *TargetGroup, login *settings.Login) []*lblistenerrule.LbListenerRuleAction {
	forward := &lblistenerrule.LbListenerRuleAction{Type: jsii.String("forward"), TargetGroupArn: &targets.arn}
	if login == nil {
		return []*lblistenerrule.LbListenerRuleAction{forward}
	}
	forward.Order = jsii.Number(2)
	return []*lblistenerrule.LbListenerRuleAction{{
		Type: jsii.String(authenticateCognito), Order: jsii.Number(1),
		AuthenticateCognito: &lblistenerrule.LbListenerRuleActionAuthenticateCognito{
			UserPoolArn: &login.Cognito.UserPool, UserPoolClientId: &login.Cognito.Client,
			UserPoolDomain: &login.Cognito.Domain, Scope: &login.Scope, SessionCookieName: &login.SessionCookie,
			SessionTimeout:           jsii.Number(login.SessionTimeout.Seconds()),
			OnUnauthenticatedRequest: &login.Unauthenticated,
		},
	}, forward}
}

// allowLogin lets the load balancer connect to the endpoints of user pools, which have public IPv4 addresses. The group
// of another stack's load balancer is for that stack to open.
// Source: ELB user guide, "Authenticate users using an Application Load Balancer".
func (l *LoadBalancer) allowLogin(login *settings.Login) {
	if login == nil || l.opened || l.Shared() {
		return
	}
	l.opened = true
	l.group.AllowHTTPSToAnywhere("to-user-pools", "Load balancer to user pools")
}
