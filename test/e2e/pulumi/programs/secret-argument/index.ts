/** One argument that is secret and wrong, and nothing else that ends the program. */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { WRONG_VALUES } from "../../../../components/support/argument-cases";

const ingress = new gatehouse.IngressGateway("public", { namespace: "istio-ingress", image: "proxy" });
new gatehouse.VirtualHost("web", {
    gateway: ingress,
    hosts: [pulumi.secret(String(WRONG_VALUES[0]))],
    http: [{ directResponse: { status: 200 } }],
});
