/** The image of gateways, with all that the builder needs to know from the stack's configuration. */
import * as pulumi from "@pulumi/pulumi";
import { GatewayImage } from "pulumi-gatehouse/image";

const config = new pulumi.Config();
const builder = config.get("builder");
const push = config.getBoolean("push") ?? true;

const image = new GatewayImage("gatehouse", {
    base: config.require("base"),
    tags: [config.require("tag")],
    platforms: [process.arch === "arm64" ? "linux/arm64" : "linux/amd64"],
    ...(builder ? { builder: { name: builder } } : {}),
    push,
    load: !push,
    labels: { team: "edge" },
    revision: "abc123",
    registries: [{ address: config.require("registry"), username: "builder", password: config.require("password") }],
});

export const ref = image.ref;
