/** What users of gateways ask for most, and get bitten by, with the tests that prove what becomes of it here: they must be there by these names. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import { root } from "../support/checkout";

/** By what is asked: a test's file, and the beginning of its title, or of the titles of several. */
const ASKS: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> = {
    "a certificate's Secret is where the gateway looks, and the message names where that is": {
        "components/virtual-host.test.ts": "has a Gateway of its own beside the gateway's pods, with its certificate",
        "seeds/s10-egress-gateway.test.ts": "answers 503 where the Secret is missing, and names it",
    },
    "httpsRedirect leaves challenges of ACME alone": {
        "components/virtual-host-backends.test.ts": "leads challenges to who solves them, before all other rules",
    },
    "an egress gateway is one object": {
        "components/external-service.test.ts": "goes from the mesh to the gateway and from the gateway to the host",
        "seeds/s10-egress-gateway.test.ts": "leads HTTP through the gateway, with the same answer for the application",
    },
    "wildcard hosts leave through a gateway, and lead nowhere inside": {
        "components/external-service.test.ts": "leads a wildcard's requests by their own names",
        "proxy/egress/forward-proxy.test.ts": "resolves a name under a wildcard only when it is asked for",
        "proxy/egress/inner-addresses.test.ts": "is refused behind an exact host too",
    },
    "TLS that a gateway begins asks for the host by its name and compares it": {
        "components/external-service.test.ts": "compares the name that it asks for, unless told whom else or nobody to expect",
        "seeds/s10-egress-gateway.test.ts": "begins TLS itself where a DestinationRule says so",
    },
    "REGISTRY_ONLY says who was kept from what": {
        "seeds/s11-outbound-policy.test.ts":
            "REGISTRY_ONLY answers it with 502, and says in one line who wanted what and what would allow it",
        "components/external-service.test.ts": "is a Sidecar on its own pods, which says what holds there",
    },
    "egress by who asks": {
        "components/external-service.test.ts": "tells the gateway who may and what inner addresses there may be",
        "components/egress-gateway.test.ts": "is open to every pod of the namespace, and no address outside is, in IPv4 and IPv6",
    },
    "two ServiceEntries for one host": {
        "components/external-service-faults.test.ts": ["one host", "one wildcard", "one address"],
        "istio/analysis/own-findings.test.ts": "two ServiceEntries that find one host's addresses in two ways",
        "proxy/compiler/routing/merged-definitions.test.ts": "does not depend on the order in which the objects come",
    },
    "two Gateways for one host or port": {
        "policy/judge.test.ts": "may not claim one host of a gateway, whichever stack claims it",
        "components/program.test.ts": ["is a host", "is a host, also where it is known later only"],
        "cli/introspect/status.test.ts":
            "is REJECTED for the Gateway whose host or port another one has, and says which one that is and why",
        "proxy/compiler/istio/servers.test.ts": [
            "skips only the host that is taken on a TLS port, and says by whom",
            "says why the one that has a host or port comes first: by age, by name, or within the object",
        ],
    },
    "who may attach a VirtualService to a gateway": {
        "proxy/compiler/istio/binding.test.ts": "does not bind what is not exported to the gateway's namespace",
        "proxy/compiler/istio/servers.test.ts": "takes one without a selector, and warns",
    },
    "the order of several VirtualServices' routes": {
        "istio/analysis/own-findings.test.ts": [
            "two VirtualServices that take every request of a host",
            "a prefix within that of another VirtualService",
        ],
        "proxy/compiler/istio/binding.test.ts": "moves what matches everything to the end, in order",
        "seeds/explain.test.ts": "says where a request goes, by which rule, with which certificate, and from which lines",
    },
    "short names": {
        "components/virtual-host.test.ts": "has a VirtualService in its own namespace that names its Gateway in full",
        "proxy/compiler/routing/destinations.test.ts":
            "has no cluster for a host that nobody defines, names what it looked for, and what there is",
    },
    "no 503 while the configuration changes": {
        "e2e/lifecycle/rolling.test.ts": "certificates are rotated, and no request is lost",
        "proxy/snapshot/bind.test.ts": "keeps a cluster and its endpoints when other things of it change",
    },
    "which DestinationRule holds, and why another does not": {
        "proxy/compiler/routing/destinations.test.ts": "that do not hold are told with the reason",
    },
    "retries repeat nothing that may have been done, and the log says how often a request was tried": {
        "proxy/exchange/forwarding.test.ts": [
            "do not follow a response by default, nor a connection that broke after sending",
            "are counted on the line of the access log, where its format asks for that",
        ],
        "proxy/log/format.test.ts": "tells how often an upstream was tried",
    },
    "access logs that log nothing say why": {
        "istio/analysis/own-findings.test.ts": "finds ${title}",
        "istio/analysis/log-cases.ts": [
            "an access log of a provider that nobody defines",
            "an access log of the server's side",
            "a filter alone",
            "a filter that names what nothing is called",
            "a format with an operator that is none",
        ],
        "proxy/compiler/istio/telemetry.test.ts": ["names a second Telemetry at a level", "logs nothing by ${title}, and says so"],
        "components/arguments.test.ts": ["a log whose format a gateway says", "a log of nobody"],
    },
    "a connection that was kept alive and closes under a request": {
        "proxy/exchange/forwarding.test.ts": "is replaced at once, though there are no retries, where doing it twice is as doing it once",
    },
    "CORS: preflights, errors too, and no credentials for everybody": {
        "e2e/policy/pack.test.ts": "makes good what it is asked to, and nothing it is not asked to",
        "policy/page.test.ts": "has a bad example that ${name} refuses and a fixed one that it passes",
        "proxy/exchange/forwarding.test.ts": "get their headers in place of the backend's, on errors too",
        "proxy/exchange/authentication.test.ts": "are not asked of a preflight, and no log has one that was refused",
    },
    "a certificate that is missing or wrong is named before it is served and after, and costs no other host": {
        "components/certificate.test.ts": "is refused where it does not belong to its key, does not name the host, or is no PEM",
        "proxy/compiler/routing/used-credentials.test.ts": "that have expired, or are not valid yet, are served and reported",
        "seeds/s02-s04-https.test.ts": "goes on with the last good certificate when a key does not match, and says so",
        "cli/introspect/rows.test.ts":
            "stand with their times and serials as istioctl writes them, whom they are for, and why one is not served",
        "e2e/source/serving.test.ts": "serves a Secret's last good version after somebody deleted it",
        "proxy/tls/chains.test.ts": "serves clients without a name by the chain without names",
    },
    "a rotated certificate is served at once, and no connection is lost": {
        "seeds/s02-s04-https.test.ts": "gives new connections a rotated certificate while open ones live on",
        "seeds/s12-certificates-from-files.test.ts": "gives new connections the changed certificate",
        "e2e/traffic/rollout.test.ts": "loses no request while its certificate is rotated",
        "proxy/processes/primary-figures.test.ts": "tell of each certificate when it expires",
        "proxy/processes/certificate-notices.test.ts": "is told with its serial and its last day, and what all begin with is not",
    },
    "a gateway's pods are replaced, and no request is lost": {
        "proxy/processes/worker-slot.test.ts": "is not ready from SIGTERM on",
        "seeds/change-under-load.test.ts": "finishes what is under way on SIGTERM and exits with 0",
        "proxy/codec/connections.test.ts": "closes idle connections when it drains, and others after their response",
        "proxy/codec/http2/drain.test.ts": "is let finish by a drain of all connections",
        "components/workload.test.ts": [
            "is a Deployment of hardened pods that are spread and replaced one at a time",
            "scales by CPU, loses one pod at a time and lets in what it serves",
            "is told to stop in time to finish before it is killed",
            "serves on for a while before it stops, where the load balancer looks at nodes",
        ],
    },
    "connections that live long live through changes": {
        "proxy/exchange/open-upgrades.test.ts": "lives through changes of other hosts, of its own routes, and of everything at once",
        "proxy/processes/proxy.test.ts": "keeps a listener's socket and connections whatever changes on it",
        "proxy/exchange/maintenance.test.ts": "comes and goes with one change, and leaves connections and WebSockets as they are",
    },
    "security headers, maintenance, redirects in bulk and compression without an EnvoyFilter": {
        "proxy/exchange/security-headers.test.ts": "are on responses of backends, refusals, errors and hosts that nobody has",
        "proxy/exchange/maintenance.test.ts":
            "lets pass who says the header or the cookie, comes from the addresses, or asks for the paths",
        "components/edge.test.ts": "are ten thousand of a file, in as many ConfigMaps as they need",
        "proxy/exchange/compression.test.ts": "is not of what may be one person's own",
        "conformance/compression/envoy.test.ts": "is the same of ${title}",
    },
    "error pages by status, in HTML or JSON": {
        "components/error-pages.test.ts": "of a VirtualHost are its VirtualService's",
        "proxy/exchange/error-pages.test.ts": "are in the form that the client likes best",
        "proxy/exchange/error-pages-sockets.test.ts": "are the same over HTTP/2",
    },
    "rate limits without an EnvoyFilter": {
        "components/rate-limit.test.ts": [
            "of a VirtualHost are its VirtualService's, as the proxy reads them",
            "are judged before anything is made, each by its place",
        ],
        "proxy/exchange/rate-limit.test.ts": [
            "answers as Envoy does, and says when to come back",
            "believes nobody who says another address",
            "is by header or cookie, and of those who have none one",
        ],
        "proxy/limits/buckets.test.ts": [
            "never lets through more than it has, nor refuses who could have it, wherever they ask",
            "are bounded, and none that owes something is thrown away",
        ],
    },
    "one connection for several hosts, and a host that is not the one of the handshake": {
        "istio/analysis/corpus/gateways.ts": "two gateways with one certificate",
        "proxy/listeners/coalescing.test.ts": "is ${answer} over ${protocol}: ${host} on ${serverName}'s, ${why}",
        "proxy/exchange/routing.test.ts": [
            "is always 421 where its own chain asks for a client certificate",
            "is always 421 on a connection that gave a client certificate for another",
        ],
    },
    "a redirect to HTTPS leads to no port of plain HTTP": {
        "proxy/exchange/routing.test.ts":
            "sends every request to https with the host as it was sent, without the port that speaks plain HTTP",
        "components/virtual-host-backends.test.ts": "leads to the port that speaks HTTPS, where that is not the one that browsers take",
    },
    "the client's address by the PROXY protocol, and of trusted senders alone": {
        "components/gateway-options.test.ts": "are its Service's, as they were given",
        "proxy/net/proxy-header-reader.test.ts": "reads what we write, split at every byte, and leaves what is behind it",
        "proxy/listeners/proxy-protocol.test.ts": [
            "closes the connection of a sender that is not trusted, and counts it",
            "stands before TLS that is passed through, and before TCP, and reaches no backend",
        ],
    },
    "X-Forwarded-For is believed by addresses, and explain says whom it makes the client": {
        "proxy/exchange/edge-rules.test.ts": "never let a client choose what stands before the first that is not trusted",
        "proxy/explain/client.test.ts": "tells what trusted proxies say, and what is not believed",
    },
    "a Host header with a port": {
        "seeds/s01-http-virtual-host.test.ts": "ignores case and the port of the Host header for the choice",
        "proxy/exchange/headers.test.ts": "leaves the host as it was sent, its port included",
    },
    "prefixes, by segment too, and what a rewrite makes of them": {
        "components/path-prefix.test.ts": "takes the path and what is below it, and a rewrite takes its place alone",
        "proxy/snapshot/rewrite.test.ts": "by segment keeps the slash that follows",
        "proxy/exchange/edge-rules.test.ts": "are merged, and rules are asked of what comes out",
        "istio/analysis/own-findings.test.ts": "a prefix rewritten to a slash",
    },
    "HTTP/1.0, and a 426 that says why": {
        "proxy/codec/tolerance.test.ts": "accept HTTP/1.0 where they are told to, and say why they do not where they are not",
    },
    "WebSockets, on either protocol, and no other upgrade": {
        "proxy/codec/http2/websocket.test.ts": ["carries an HTTP/2 client's messages", "is refused for all protocols but WebSocket"],
        "proxy/exchange/routing.test.ts": "are upgrades to anything but websocket",
    },
    "limits as arguments, each with its default": {
        "istio/semantics/gateway-options.test.ts": "lets every limit be its own default, and its bounds",
        "proxy/codec/tolerance.test.ts": ["take a head that is larger than by default", "are told to clients of HTTP/2, and hold for them"],
        "proxy/exchange/body-limits.test.ts": [
            "is answered 413 before a byte goes to a backend where its length is said",
            "cuts a response that has begun, and is told so in the log",
        ],
    },
    "what responses say of who serves": {
        "components/gateway-options.test.ts":
            "are its Service's, as they were given, and x-envoy-* is for nobody outside unless somebody wants it so",
        "proxy/exchange/edge-rules.test.ts": [
            "is ours, or as the options have it",
            "goes alone where what the proxy says of itself is not wanted outside",
        ],
    },
    "client certificates by host, optional ones too, and what is passed on of them": {
        "proxy/tls/chains.test.ts": [
            "lets clients without a certificate in where it is optional, and refuses a bad one",
            "wants one of the allowed names in the client's certificate",
        ],
        "answers/cases/client-certificates.ts": "pinned keys and certificates",
        "components/virtual-host.test.ts": "carries every TLS setting to the server and none of its own",
        "proxy/exchange/edge-rules.test.ts": "is as ${mode",
    },
    "sticky sessions by a cookie": {
        "components/virtual-host-backends.test.ts": "is a rule of the gateway's for each backend, which nobody else sees",
        "proxy/exchange/affinity.test.ts": "leads back to the endpoint that it came from",
        "proxy/exchange/sticky-sessions.test.ts":
            "stay with their endpoints when another one dies or goes, and come back to one that comes back",
    },
};

describe("what users ask for", () => {
    for (const [what, proofs] of Object.entries(ASKS))
        it(`has tests: ${what}`, () => {
            const missing = Object.entries(proofs).flatMap(([file, given]) => {
                const text = readFileSync(path.join(root, "test", file), "utf8");
                const isThere = (title: string): boolean => text.includes(`"${title}`) || text.includes(`\`${title}`);
                return [given].flat().filter((title) => !isThere(title));
            });
            assert.deepEqual(missing, []);
        });
});
