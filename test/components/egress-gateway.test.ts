/** The forward proxy of an EgressGateway, and the policies that make it the only way out. */
import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import type * as k8s from "@pulumi/kubernetes";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import { buildEnforcement, buildForwardProxy } from "../../components/egress-gateway/objects";
import { judgeEgressGateway, planEgressGateway, proxyUrlOf, type EgressGatewayData } from "../../components/egress-gateway/plan";
import { refOf } from "../../components/workload";
import { buildNetworkPolicy, buildService } from "../../components/workload/network";
import { refusal } from "./support/evaluation";

const base: EgressGatewayData = { namespace: "out", image: `x@sha256:${"0".repeat(64)}` };
const plan = (args: Partial<EgressGatewayData> = {}) => planEgressGateway("egress", { ...base, ...args });

function told(args: Readonly<Record<string, unknown>>): string {
    return judgeEgressGateway("egress", { ...base, ...args } as EgressGatewayData)
        .faults.map(({ path, message, fix }) => `${path}: ${message} ${fix}`.trim())
        .join("\n");
}

describe("a forward proxy", () => {
    const proxying = plan({ forwardProxy: true });

    it("is a server of the gateway, marked as what Istio has no word for", () => {
        const { metadata, spec } = buildForwardProxy(proxying);
        assert.deepEqual([metadata.namespace, metadata.name], ["out", "egress-forward-proxy"]);
        assert.deepEqual(metadata.annotations, { "gatehouse.dev/forward-proxy": "http-proxy" });
        assert.deepEqual(spec, {
            selector: proxying.selector,
            servers: [{ port: { number: 3128, protocol: "HTTP", name: "http-proxy" }, hosts: ["*"] }],
        });
    });

    it("is reached by its Service, and named to applications", () => {
        const ports = (buildService(proxying).spec.ports as { port: number }[]).map(({ port }) => port);
        assert.deepEqual(ports, [80, 443, 3128]);
        const open = buildNetworkPolicy(proxying)?.spec.ingress as { ports: { port: number }[] }[];
        assert.ok(open[0]?.ports.some(({ port }) => port === 3128));
        assert.equal(proxyUrlOf(proxying), "http://egress.out.svc.cluster.local:3128");
        assert.equal(proxyUrlOf(plan({ forwardProxy: { port: 8888 } })), "http://egress.out.svc.cluster.local:8888");
        for (const none of [undefined, false] as const)
            assert.equal(proxyUrlOf(plan(none === undefined ? {} : { forwardProxy: none })), undefined);
    });

    it("is told to other stacks beside the ports of routes, and is none of them", () => {
        const { ports, forwardProxy } = refOf(proxying);
        assert.deepEqual(Object.keys(ports), ["http", "https"]);
        assert.deepEqual(forwardProxy, { gateway: "out/egress-forward-proxy", port: 3128 });
        assert.equal(refOf(plan()).forwardProxy, undefined);
    });

    it("is refused where the port is taken, and where Istio's proxy would be it", () => {
        assert.match(told({ forwardProxy: true, ports: { tcp: 3128 } }), /ports\.(tcp|http-proxy): number 3128 is also that of the port/);
        assert.match(told({ forwardProxy: { port: 15021 } }), /15021 is the proxy's own port inside the pod/);
        assert.match(told({ forwardProxy: true, dataPlane: "istio" }), /forwardProxy: Istio's gateway takes no CONNECT/);
        assert.equal(told({ forwardProxy: true }), "");
        assert.equal(told({ forwardProxy: { port: 8080 } }), "");
    });
});

/** A pod, or an address that no pod has. */
interface Peer {
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly address?: string;
}
type Spec = k8s.types.input.networking.v1.NetworkPolicySpec;
interface PlainRule {
    readonly to?: readonly {
        readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
        readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
        readonly ipBlock?: { readonly cidr: string };
    }[];
    readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
}

/** As Kubernetes reads them: what no rule names is closed; selectors know pods alone. */
function lets(spec: Spec, to: Peer, port: number, protocol = "TCP"): boolean {
    const has = (wanted: Readonly<Record<string, string>> = {}, labels: Readonly<Record<string, string>>): boolean =>
        Object.entries(wanted).every(([key, value]) => labels[key] === value);
    return (spec.egress as readonly PlainRule[]).some((rule) => {
        if (rule.ports && !rule.ports.some((one) => one.port === port && one.protocol === protocol)) return false;
        if (!rule.to) return true;
        return rule.to.some(({ namespaceSelector, podSelector, ipBlock }) => {
            if (ipBlock) {
                if (to.address === undefined) return false;
                const [network = "", length = ""] = ipBlock.cidr.split("/");
                const list = new BlockList();
                list.addSubnet(network, Number(length), isIPv4(network) ? "ipv4" : "ipv6");
                return list.check(to.address, isIPv4(to.address) ? "ipv4" : "ipv6");
            }
            if (to.address !== undefined) return false;
            const namespace = { "kubernetes.io/metadata.name": to.namespace ?? "" };
            return has(namespaceSelector?.matchLabels, namespace) && has(podSelector?.matchLabels, to.labels ?? {});
        });
    });
}

const OUTSIDE = ["93.184.216.34", "10.0.0.1", "169.254.169.254", "2606:2800:220:1::1", "fd00:ec2::254", "fe80::1"];
const DNS: Peer = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };

describe("the only way out", () => {
    const enforcing = plan({ enforce: true, applyTo: ["shop"], forwardProxy: true });
    const gateway: Peer = { namespace: "out", labels: { ...enforcing.selector } };
    const neighbour: Peer = { namespace: "jobs", labels: { app: "worker" } };

    it("is open to every pod of the namespace, and no address outside is, in IPv4 and IPv6", () => {
        const { metadata, spec } = buildEnforcement(enforcing, "shop");
        assert.deepEqual([metadata.namespace, metadata.name], ["shop", "egress-only-way-out"]);
        assert.deepEqual([spec.podSelector, spec.policyTypes], [{}, ["Egress"]]);
        for (const address of OUTSIDE) for (const port of [53, 80, 443, 3128]) assert.equal(lets(spec, { address }, port), false, address);
        for (const port of [80, 443, 3128]) assert.ok(lets(spec, gateway, port));
        for (const protocol of ["UDP", "TCP"]) assert.ok(lets(spec, DNS, 53, protocol));
        assert.ok(lets(spec, neighbour, 8080), "other pods of the cluster are reached as before");
    });

    it("leads nowhere else in the cluster where that is asked for, and to what is excepted", () => {
        const strict = plan({ enforce: { namespaces: ["shop"], inCluster: false, except: ["10.0.0.1/32", "fd00::/64"] } });
        const { spec } = buildEnforcement(strict, "shop");
        assert.equal(lets(spec, neighbour, 8080), false);
        assert.equal(lets(spec, gateway, 22), false, "of the gateway only its ports");
        assert.ok(lets(spec, gateway, 443) && lets(spec, DNS, 53, "UDP"));
        assert.equal(lets(spec, DNS, 443), false);
        for (const address of ["10.0.0.1", "fd00::5"]) assert.ok(lets(spec, { address }, 443), address);
        for (const address of ["10.0.0.2", "fd00:1::5"]) assert.equal(lets(spec, { address }, 443), false, address);
    });

    for (const [what, args, expected] of [
        ["for nobody", { enforce: true }, /enforce: nothing says for whom this is the only way out\. Name namespaces in `applyTo`, or in/],
        ["for an empty list", { enforce: { namespaces: [] } }, /enforce\.namespaces: nothing says for whom/],
        ["for the gateway itself", { enforce: { namespaces: ["out"] } }, /enforce\.namespaces\[0\]: out is the gateway's own namespace/],
        [
            "for the gateway itself, by applyTo",
            { enforce: true, applyTo: ["shop", "out"] },
            /applyTo\[1\]: out is the gateway's own namespace/,
        ],
        [
            "for the cluster's DNS",
            { enforce: { namespaces: ["kube-system"] } },
            /enforce\.namespaces\[0\]: kube-system is where the cluster's own/,
        ],
        [
            "for Istio's own",
            { enforce: { namespaces: ["istio-system"] } },
            /enforce\.namespaces\[0\]: istio-system is where Istio's control/,
        ],
        ["for one namespace twice", { enforce: { namespaces: ["a", "a"] } }, /enforce\.namespaces\[1\]: a is named twice/],
        ["for what is no namespace", { enforce: { namespaces: ["A"] } }, /enforce\.namespaces\[0\]: "A" is not a name/],
        [
            "beside what is no block",
            { enforce: { namespaces: ["a"], except: ["10.0.0.1"] } },
            /enforce\.except\[0\]: "10\.0\.0\.1" is not a CIDR/,
        ],
        [
            "beside sidecars that let everything out",
            { enforce: true, applyTo: ["shop"], outboundTrafficPolicy: "ALLOW_ANY" },
            /outboundTrafficPolicy: with ALLOW_ANY the sidecars of shop would let through what enforce then cuts/,
        ],
        [
            "beside a forward proxy that lets everything out",
            { enforce: { namespaces: ["shop"] }, forwardProxy: true, outboundTrafficPolicy: "ALLOW_ANY" },
            /outboundTrafficPolicy: with ALLOW_ANY the forward proxy would lead to every public host/,
        ],
    ] as const)
        it(`is refused ${what}`, () => {
            assert.match(told(args), expected);
        });

    it("is taken where it is right", () => {
        for (const args of [
            { enforce: true, applyTo: ["shop"] },
            { enforce: { namespaces: ["shop"] }, outboundTrafficPolicy: "ALLOW_ANY", applyTo: ["jobs"] },
            { enforce: { namespaces: ["shop"], except: ["10.0.0.1/32"] }, dataPlane: "istio", image: undefined },
            { enforce: false },
        ])
            assert.equal(told(args), "", JSON.stringify(args));
    });

    it("can be two gateways' for one namespace, unless they have one name", async () => {
        const make = (namespace: string): void =>
            void new gatehouse.EgressGateway(namespace, {
                namespace,
                image: "i",
                metadata: { name: "egress" },
                enforce: { namespaces: ["shop"] },
            });
        const program = (): void => {
            make("one");
            make("two");
        };
        assert.match(await refusal(program), /both take the name NetworkPolicy shop\/egress-only-way-out/);
    });
});
