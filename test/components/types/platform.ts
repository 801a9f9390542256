/** A platform program as another stack's types see it. */
import * as gatehouse from "pulumi-gatehouse";

const gateway = new gatehouse.IngressGateway("public", {
    namespace: "istio-ingress",
    ports: { "tcp-echo": 31400, "tls-sni": 31401, mysql: { number: 3306, protocol: "TCP" } },
});
export const ingress = gateway.ref;
export const egress = new gatehouse.EgressGateway("egress", { namespace: "istio-egress" }).ref;
export const caPem = "pem";
export function helper(): void { /* not an output */ }
