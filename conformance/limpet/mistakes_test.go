package limpet

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	onRoute = `apiVersion: alb.networking.azure.io/v1
kind: RoutePolicy
metadata: {name: wrong}
spec:
  targetRef: %s
  default: %s
`
	onIngress = `apiVersion: alb.networking.azure.io/v1
kind: IngressExtension
metadata: {name: wrong}
spec: %s
`
	target = `{group: "", kind: HTTPRoute, name: http-route}`
	cookie = `{sessionAffinity: {affinityType: application-cookie, cookieName: nomnom, cookieDuration: %s}}`
)

// What nobody can act on: a regular expression, and what CEL says when it stumbles.
var unhelpful = regexp.MustCompile(`should match|type conversion|no such|\[0-9\]|\[a-z|\^\(`)

// What people get wrong, and what the API server must name: the field, the value and what is right.
func TestMistakesAreAnsweredInWordsThatTellWhatIsRight(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	policy := func(target, does string) string { return fmt.Sprintf(onRoute, target, does) }
	lasting := func(duration string) string { return policy(target, fmt.Sprintf(cookie, duration)) }
	extension := func(spec string) string { return fmt.Sprintf(onIngress, spec) }
	for what, given := range map[string]struct {
		manifest string
		named    []string
	}{
		"a policy on a Service":                 {policy(`{group: "", kind: Service, name: echo}`, "{}"), []string{"spec.targetRef.kind", `"Service"`, "HTTPRoute"}},
		"a kind in lower case":                  {policy(`{group: "", kind: httproute, name: echo}`, "{}"), []string{"spec.targetRef.kind", `"httproute"`, "HTTPRoute"}},
		"no name":                               {policy(`{group: "", kind: HTTPRoute, name: ""}`, "{}"), []string{"spec.targetRef.name", "must not be empty"}},
		"a name forgotten":                      {policy(`{group: "", kind: HTTPRoute}`, "{}"), []string{"spec.targetRef.name", "Required"}},
		"a version in the group":                {policy(`{group: gateway.networking.k8s.io/v1, kind: HTTPRoute, name: a}`, "{}"), []string{"spec.targetRef.group", "k8s.io/v1", "DNS name"}},
		"a namespace in capitals":               {policy(`{group: "", kind: HTTPRoute, name: a, namespace: Shop}`, "{}"), []string{"spec.targetRef.namespace", `"Shop"`, "lower-case"}},
		"a time limit in words":                 {policy(target, `{timeouts: {routeTimeout: 5 minutes}}`), []string{"spec.default.timeouts.routeTimeout", `"5 minutes"`, "30s"}},
		"a time limit without unit":             {policy(target, `{timeouts: {routeTimeout: "30"}}`), []string{"spec.default.timeouts.routeTimeout", `"30"`, "30s"}},
		"a negative time limit":                 {policy(target, `{timeouts: {routeTimeout: -1s}}`), []string{"spec.default.timeouts.routeTimeout", `"-1s"`, "0s is"}},
		"a duration in words":                   {lasting("one day"), []string{"cookieDuration", `"one day"`, "3600"}},
		"a duration in days":                    {lasting("30d"), []string{"cookieDuration", `"30d"`, "1h30m"}},
		"half a second":                         {lasting("1500ms"), []string{"cookieDuration", `"1500ms"`, "whole seconds"}},
		"a negative duration":                   {lasting("-1"), []string{"cookieDuration", "-1", "whole seconds"}},
		"a duration beyond reason":              {lasting(`"99999999999999999999"`), []string{"cookieDuration", "400 days"}},
		"a year too long":                       {lasting("9601h"), []string{"cookieDuration", `"9601h"`, "400 days"}},
		"a cookie name with a space":            {policy(target, `{sessionAffinity: {affinityType: application-cookie, cookieName: my cookie, cookieDuration: 60}}`), []string{"cookieName", `"my cookie"`, "letters, digits"}},
		"a cookie without a name":               {policy(target, `{sessionAffinity: {affinityType: application-cookie, cookieDuration: 60}}`), []string{"cookieName", "managed-cookie"}},
		"a cookie without an end":               {policy(target, `{sessionAffinity: {affinityType: application-cookie, cookieName: nomnom}}`), []string{"cookieDuration", "3600s"}},
		"a type of affinity of another product": {policy(target, `{sessionAffinity: {affinityType: cookie}}`), []string{"affinityType", `"cookie"`, "managed-cookie"}},
		"a number for a name":                   {policy(target, `{sessionAffinity: {affinityType: application-cookie, cookieName: 7, cookieDuration: 60}}`), []string{"cookieName", "string"}},
		"an Ingress's limit in words":           {extension(`{backendSettings: [{service: echo, timeouts: {requestTimeout: 5 min}}]}`), []string{"spec.backendSettings[0].timeouts.requestTimeout", `"5 min"`, "30s"}},
		"an unknown redirect":                   {extension(`{rules: [{host: shop.test, requestRedirect: {statusCode: 300}}]}`), []string{"statusCode", "300", "301"}},
	} {
		t.Run(what, func(t *testing.T) {
			object := parse(t, given.manifest)
			object.SetNamespace(namespace)
			err := cluster.Create(t.Context(), object, client.DryRunAll)
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, word := range given.named {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q is not named: %v", word, err)
				}
			}
			if found := unhelpful.FindString(err.Error()); found != "" {
				t.Errorf("nobody can act on %q: %v", found, err)
			}
		})
	}
}
