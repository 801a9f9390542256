/** The Pulumi package that builds images: an optional peer, loaded only where something is built. */
import { fault, type Fault } from "../arguments/faults";

type DockerBuild = typeof import("@pulumi/docker-build");

export function loadDockerBuild(): DockerBuild | Fault {
    try {
        return require("@pulumi/docker-build") as DockerBuild; // oxlint-disable-line typescript/no-require-imports -- an optional peer
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
        return fault(
            "GH0231",
            "base",
            "@pulumi/docker-build, which builds images, is not installed.",
            "Add it to the project (npm install @pulumi/docker-build), or name an image that exists.",
        );
    }
}
