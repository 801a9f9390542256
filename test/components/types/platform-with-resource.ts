/** A platform program that exports a resource, which does not cross stacks. */
import * as gatehouse from "pulumi-gatehouse";

export const ingress = new gatehouse.IngressGateway("public", { namespace: "istio-ingress" });
