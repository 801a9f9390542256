/** Which image the proxy's container runs. */
import * as pulumi from "@pulumi/pulumi";

// Written into the published package by its bundler; a build from the sources has none.
declare const GATEHOUSE_IMAGE: string | undefined;

/** The digest-pinned image of this release. */
export const releaseImage: string | undefined = typeof GATEHOUSE_IMAGE === "undefined" ? undefined : GATEHOUSE_IMAGE;

/** The image of a gateway that names none: the configuration value `gatehouse:image`, else the release's. */
export function defaultImage(): string | undefined {
    return new pulumi.Config("gatehouse").get("image") ?? releaseImage;
}
