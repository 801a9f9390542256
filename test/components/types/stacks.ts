/** What the types hold across stacks. Each `@ts-expect-error` is a program that must not compile. */
import type * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";

const platform = gatehouse.stackOutputs<typeof import("./platform")>("platform");
const destination = { host: "echo.default.svc.cluster.local", port: { number: 2701 } };

new gatehouse.TcpRoute("a", { gateway: platform.ingress, port: "tcp-echo", destination });
new gatehouse.ExternalService("b", { hosts: ["a.example.com"], ports: { http: 80 }, via: platform.egress });
export const caPem: pulumi.Output<string> = platform.caPem;
// @ts-expect-error a port that the platform dropped
new gatehouse.TcpRoute("c", { gateway: platform.ingress, port: "tcp-gone", destination });
// @ts-expect-error an egress gateway where an ingress gateway is meant
new gatehouse.TcpRoute("d", { gateway: platform.egress, port: "tcp-echo", destination });
// @ts-expect-error an output that the platform does not export
export const missing = platform.nothing;
// @ts-expect-error a function is not an output
export const called = platform.helper;
// @ts-expect-error a resource does not cross stacks: export its ref
export const refused = gatehouse.stackOutputs<typeof import("./platform-with-resource")>("platform");
