/** Gateways: their pods, ports, Secrets and rivals. */
import { deployment, gateway, pod, secret, secure, SELECTOR, server, service, workload, type Configuration } from "./objects";

const one = (title: string, ...objects: Configuration["objects"]): Configuration => ({ title, objects });

/** Stand-ins for certificates, which are made when the corpus is used. */
export const CERTIFICATE = "${certificate}";
export const KEY = "${key}";
export const EXPIRED = "${expired}";
export const FUTURE = "${future}";

const PAIR = { "tls.crt": CERTIFICATE, "tls.key": KEY };

const WORKLOADS: readonly Configuration[] = [
    one(
        "a gateway with pods, a Service and its port",
        ...workload(),
        gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one("a gateway whose selector chooses no pod", gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"])] })),
    one(
        "a gateway whose selector chooses a pod by one of two labels only",
        ...workload(),
        gateway("web", { selector: { ...SELECTOR, tier: "edge" }, servers: [server(80, ["a.com"])] }),
    ),
    one("a gateway with an empty selector and no pod anywhere", gateway("web", { servers: [server(80, ["a.com"])] })),
    one(
        "a gateway with an empty selector and a pod of something else",
        pod("x", { app: "x" }),
        gateway("web", { servers: [server(80, ["a.com"])] }),
    ),
    one(
        "a gateway on a port that its Service does not have",
        ...workload([80]),
        gateway("web", { selector: SELECTOR, servers: [server(8080, ["a.com"])] }),
    ),
    one(
        "a gateway whose port another Service of its pods has",
        ...workload([80]),
        service("ingress/more", [8080], { app: "gw" }),
        gateway("web", { selector: SELECTOR, servers: [server(8080, ["a.com"])] }),
    ),
    one(
        "a gateway whose port a Service of another namespace has",
        ...workload([80]),
        service("shop/gw", [8080], { istio: "gw" }),
        gateway("web", { selector: SELECTOR, servers: [server(8080, ["a.com"])] }),
    ),
    one(
        "a gateway whose port is the targetPort of its Service",
        pod("ingress/gw", SELECTOR),
        service("ingress/gw", [{ port: 80, name: "http", targetPort: 8080 }], SELECTOR),
        gateway("web", { selector: SELECTOR, servers: [server(8080, ["a.com"])] }),
    ),
    one(
        "a gateway whose port its Service leads elsewhere",
        pod("ingress/gw", SELECTOR),
        service("ingress/gw", [{ port: 80, name: "http", targetPort: 8080 }], SELECTOR),
        gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "a gateway whose port is a named one of its pods",
        pod("ingress/gw", SELECTOR, { containers: [{ name: "gw", image: "gw:1", ports: [{ name: "main", containerPort: 8080 }] }] }),
        service("ingress/gw", [{ port: 80, name: "http", targetPort: "main" }], SELECTOR),
        gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"]), server(8080, ["a.com"])] }),
    ),
    one("a gateway in kube-system without pods", gateway("kube-system/web", { selector: SELECTOR, servers: [server(80, ["a.com"])] })),
    one(
        "a gateway whose port is there for UDP only",
        pod("ingress/gw", SELECTOR),
        service("ingress/gw", [{ port: 443, name: "quic", protocol: "UDP" }], SELECTOR),
        gateway("web", { selector: SELECTOR, servers: [server(443, ["a.com"])] }),
    ),
    one(
        "a gateway with pods and no Service",
        pod("ingress/gw", SELECTOR),
        gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"]), server(81, ["a.com"])] }),
    ),
    one(
        "a gateway whose pods stand in two namespaces with other ports",
        ...workload([80]),
        ...workload([81], "ingress2"),
        gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"]), server(81, ["a.com"])] }),
    ),
    one(
        "a Service without a selector beside the gateway's pods",
        pod("ingress/gw", SELECTOR),
        service("ingress/any", [80]),
        gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "a gateway whose only pod has ended",
        { ...pod("ingress/gw", SELECTOR), status: { phase: "Succeeded" } } as Configuration["objects"][number],
        service("ingress/gw", [80], SELECTOR),
        gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "a gateway whose pods a Deployment will make",
        deployment("ingress/gw", SELECTOR),
        service("ingress/gw", [80], SELECTOR),
        gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
];

const CREDENTIALS: readonly Configuration[] = [
    one("a credential that is not there", ...workload(), gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] })),
    one(
        "a credential beside the gateway's pods",
        ...workload(),
        secret("ingress/cert", PAIR),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential in the Gateway's namespace, not the pods'",
        ...workload(),
        secret("cert", PAIR),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential named with its namespace",
        ...workload(),
        secret("shop/cert", PAIR),
        gateway("web", { selector: SELECTOR, servers: [secure("shop/cert", ["a.com"])] }),
    ),
    one(
        "a credential named by a URI",
        ...workload(),
        secret("ingress/cert", PAIR),
        gateway("web", { selector: SELECTOR, servers: [secure("kubernetes://cert", ["a.com"])] }),
    ),
    one(
        "a credential by the generic names",
        ...workload(),
        secret("ingress/cert", { cert: CERTIFICATE, key: KEY }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential without a key",
        ...workload(),
        secret("ingress/cert", { "tls.crt": CERTIFICATE }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential with other keys",
        ...workload(),
        secret("ingress/cert", { certificate: CERTIFICATE, secret: KEY }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential with an empty key",
        ...workload(),
        secret("ingress/cert", { "tls.crt": CERTIFICATE, "tls.key": "" }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential that is no PEM",
        ...workload(),
        secret("ingress/cert", { "tls.crt": "abc", "tls.key": KEY }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential with a certificate and key swapped",
        ...workload(),
        secret("ingress/cert", { "tls.crt": KEY, "tls.key": CERTIFICATE }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential that expired",
        ...workload(),
        secret("ingress/cert", { "tls.crt": EXPIRED, "tls.key": KEY }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential of tomorrow",
        ...workload(),
        secret("ingress/cert", { "tls.crt": FUTURE, "tls.key": KEY }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one(
        "a credential whose second certificate expired",
        ...workload(),
        secret("ingress/cert", { "tls.crt": `${CERTIFICATE}${EXPIRED}`, "tls.key": KEY }),
        gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
    ),
    one("a missing credential of a gateway without pods", gateway("web", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] })),
    one(
        "missing credentials in a list",
        ...workload(),
        gateway("web", {
            selector: SELECTOR,
            servers: [server(443, ["a.com"], { tls: { mode: "SIMPLE", credentialNames: ["a", "b"] } }, "HTTPS")],
        }),
    ),
    one(
        "a missing credential of mutual TLS",
        ...workload(),
        gateway("web", {
            selector: SELECTOR,
            servers: [server(443, ["a.com"], { tls: { mode: "MUTUAL", credentialName: "cert" } }, "HTTPS")],
        }),
    ),
];

const files = (name: string, hosts: readonly string[]): Configuration["objects"][number] =>
    gateway(name, {
        selector: SELECTOR,
        servers: [server(443, hosts, { tls: { mode: "SIMPLE", serverCertificate: "/etc/a.crt", privateKey: "/etc/a.key" } }, "HTTPS")],
    });

const RIVALS: readonly Configuration[] = [
    one(
        "two gateways with one port and host",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways with one port and other hosts",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["b.com"])] }),
    ),
    one(
        "two gateways of which one covers the other's host",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["*.a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["x.a.com"])] }),
    ),
    one(
        "two gateways with one host on other ports",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(443, ["a.com"])] }),
    ),
    one(
        "two gateways of two namespaces with one port and host",
        ...workload(),
        gateway("a/alpha", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        gateway("b/beta", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways that both take every host",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["*"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["*"])] }),
    ),
    one(
        "two gateways with one port and host and other binds",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"], { bind: "10.0.0.1" })] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["a.com"], { bind: "10.0.0.2" })] }),
    ),
    one(
        "two gateways whose selectors meet on a pod",
        ...workload(),
        gateway("alpha", { selector: { app: "gw" }, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: { app: "gw", istio: "gw" }, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways whose other selectors meet on a pod",
        ...workload(),
        gateway("alpha", { selector: { app: "gw" }, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: { istio: "gw" }, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways of workloads of their own",
        ...workload(),
        pod("ingress/other", { istio: "other" }),
        service("ingress/other", [80], { istio: "other" }),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: { istio: "other" }, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways with one port and host and no pods",
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways of which one has no selector",
        ...workload(),
        gateway("alpha", { servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways of which one names the host with a namespace",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["shop/a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways, the first with two servers on the port",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"]), server(80, ["b.com"], { name: "second" })] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "three gateways with one port and host",
        ...workload(),
        ...["alpha", "beta", "gamma"].map((name) => gateway(name, { selector: SELECTOR, servers: [server(80, ["a.com"])] })),
    ),
    one(
        "two gateways with one certificate",
        ...workload(),
        secret("ingress/cert", PAIR),
        gateway("alpha", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [secure("cert", ["b.com"])] }),
    ),
    one(
        "three gateways with one certificate",
        ...workload(),
        secret("ingress/cert", PAIR),
        ...["alpha", "beta", "gamma"].map((name) => gateway(name, { selector: SELECTOR, servers: [secure("cert", [`${name}.com`])] })),
    ),
    one(
        "one gateway with one certificate for two servers",
        ...workload(),
        secret("ingress/cert", PAIR),
        gateway("alpha", {
            selector: SELECTOR,
            servers: [
                secure("cert", ["a.com"]),
                { ...secure("cert", ["b.com"]), port: { number: 443, name: "second", protocol: "HTTPS" } },
            ],
        }),
    ),
    one(
        "two gateways of two workloads with one certificate",
        ...workload(),
        secret("ingress/cert", PAIR),
        pod("ingress/other", { istio: "other" }),
        service("ingress/other", [443], { istio: "other" }),
        gateway("alpha", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
        gateway("beta", { selector: { istio: "other" }, servers: [secure("cert", ["b.com"])] }),
    ),
    one(
        "two gateways with one certificate, one selecting more narrowly",
        ...workload(),
        secret("ingress/cert", PAIR),
        gateway("alpha", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
        gateway("beta", { selector: { ...SELECTOR, app: "gw" }, servers: [secure("cert", ["b.com"])] }),
    ),
    one("two gateways with one certificate from files", ...workload(), files("alpha", ["a.com"]), files("beta", ["b.com"])),
    one(
        "two gateways with one certificate on two ports",
        ...workload([443, 8443]),
        secret("ingress/cert", PAIR),
        gateway("alpha", { selector: SELECTOR, servers: [secure("cert", ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [secure("cert", ["b.com"], 8443)] }),
    ),
];

export const GATEWAYS: readonly Configuration[] = [...WORKLOADS, ...CREDENTIALS, ...RIVALS];
