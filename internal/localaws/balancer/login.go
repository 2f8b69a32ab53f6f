package balancer

import (
	"net/http"
	"net/url"
)

// Login asks users to log in before their requests go on. Source: "Authenticate users using an Application Load
// Balancer".
type Login struct {
	// Page is the URL at which users log in.
	Page   string
	Client string
	Scope  string
	// Cookie is the name of the session's cookies.
	Cookie string
	// Unauthenticated is what happens without a login: authenticate, deny or allow.
	Unauthenticated string
}

// identityHeader tells a target which user a request is from.
const identityHeader = "X-Amzn-Oidc-Identity"

// admit reports whether a request goes on. Otherwise it has answered. Nobody can log in on this machine: a client is
// logged in if it has the session's first cookie, whose value is the user.
func (l Login) admit(w http.ResponseWriter, r *http.Request, e *Entry) bool {
	if user, err := r.Cookie(l.Cookie + "-0"); err == nil {
		r.Header.Set(identityHeader, user.Value)
		return true
	}
	switch l.Unauthenticated {
	case "allow":
		return true
	case "deny":
		e.action = "authenticate"
		serverError(w, http.StatusUnauthorized)
	default:
		e.action = "authenticate"
		w.Header().Set("Location", l.location(r))
		w.WriteHeader(http.StatusFound)
	}
	return false
}

// location is the login page, which sends the user back to the load balancer.
func (l Login) location(r *http.Request) string {
	back := url.URL{Scheme: "https", Host: r.Host, Path: "/oauth2/idpresponse"}
	return l.Page + "?" + url.Values{
		"client_id": {l.Client}, "redirect_uri": {back.String()}, "response_type": {"code"}, "scope": {l.Scope},
		"state": {randomHex(16)},
	}.Encode()
}
