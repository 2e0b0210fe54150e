package persistence

import (
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/gateway-api/pkg/features"
)

// ProfileName is what -conformance-profiles calls it.
const ProfileName suite.ConformanceProfileName = "GATEWAY-HTTP-SESSION-PERSISTENCE"

// By the names that GEP-1619 has for them.
const (
	SupportSessionPersistence features.FeatureName = "HTTPRouteSessionPersistence"
	SupportPermanent          features.FeatureName = "HTTPRouteSessionPersistenceCookieLifetimeTypePermanent"
)

// What the GEP has no names for.
const (
	// The gateway ends a session cookie by absoluteTimeout.
	SupportAbsoluteTimeout features.FeatureName = "HTTPRouteSessionPersistenceAbsoluteTimeout"
	// Clients of a pod that ends get another one.
	SupportFallback features.FeatureName = "HTTPRouteSessionPersistenceFallback"
	// Only what the gateway itself made for this rule is a session.
	SupportCookieIntegrity features.FeatureName = "HTTPRouteSessionPersistenceCookieIntegrity"
	// The route names the cookie.
	SupportCookieName features.FeatureName = "HTTPRouteSessionPersistenceCookieName"
	// The route gives the cookie's path, which only CRDs of v1.7 and newer can.
	SupportCookiePath features.FeatureName = "HTTPRouteSessionPersistenceCookiePath"
	// XBackends that select pods keep their sessions, with CRDs of v1.7 and newer.
	SupportXBackend features.FeatureName = "XBackendSessionPersistence"
	// A Service with a sessionAffinity of its own is refused.
	SupportServiceAffinity features.FeatureName = "HTTPRouteSessionPersistenceServiceAffinityConflict"
)

// Of the API group alb.networking.azure.io.
const (
	SupportManagedCookie     features.FeatureName = "RoutePolicyManagedCookie"
	SupportApplicationCookie features.FeatureName = "RoutePolicyApplicationCookie"
	SupportExtension         features.FeatureName = "IngressExtensionSessionAffinity"
)

// Profile has one core feature beside those it builds on.
var Profile = suite.ConformanceProfile{
	Name: ProfileName,
	CoreFeatures: sets.New(
		features.SupportGateway,
		features.SupportHTTPRoute,
		SupportSessionPersistence,
	),
	ExtendedFeatures: sets.New(
		SupportPermanent,
		SupportAbsoluteTimeout,
		SupportFallback,
		SupportCookieIntegrity,
		SupportCookieName,
		SupportCookiePath,
		SupportXBackend,
		SupportServiceAffinity,
		SupportManagedCookie,
		SupportApplicationCookie,
		SupportExtension,
	),
}

func init() { suite.RegisterConformanceProfile(Profile) }

// The core features, and what a test needs beyond.
func needs(extended ...features.FeatureName) []features.FeatureName {
	core := []features.FeatureName{features.SupportGateway, features.SupportHTTPRoute, SupportSessionPersistence}
	return append(core, extended...)
}
