/** `GatewayImage`: the image that gateways run, built and pushed with the stack or named by its digest. */
import * as pulumi from "@pulumi/pulumi";
import { ArgumentsError, type Fault } from "../arguments/faults";
import { ownerText } from "../arguments/owner";
import { settle, type Settled } from "../arguments/settle";
import { demandArguments } from "../schema/shape";
import { wireOf } from "../schema/wire";
import { loadDockerBuild } from "./docker-build";
import { imageFiles } from "./files";
import { buildImage, builtReference, outlineImage, type ImageBuild } from "./objects";
import { gatewayImageFaults, type GatewayImageData } from "./plan";
import { GATEWAY_IMAGE, type BuiltImageArgs, type ExistingImageArgs, type GatewayImageArgs, type ImageRegistryArgs } from "./schema";

function registryInputs(registries: readonly ImageRegistryArgs[]): ImageRegistryArgs[] {
    return registries.map(({ address, username, password }) => ({
        address,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password: pulumi.secret(password) }),
    }));
}

export class GatewayImage extends pulumi.ComponentResource {
    /** For the `image` of gateways. Pinned by its digest, but for an image that was only loaded into a daemon. */
    readonly ref: pulumi.Output<string>;

    constructor(name: string, args: GatewayImageArgs, opts?: pulumi.ComponentResourceOptions) {
        const owner = ownerText("GatewayImage", name);
        demandArguments(owner, GATEWAY_IMAGE, args);
        const given = args as Partial<ExistingImageArgs & BuiltImageArgs>;
        const wire = wireOf(GATEWAY_IMAGE, given);
        const data = settle<GatewayImageData>(owner, wire, gatewayImageFaults);
        const build = given.image === undefined ? prepareBuild(owner) : undefined;
        super("gatehouse:index:GatewayImage", name, wire, opts);

        this.ref =
            build === undefined ? pulumi.output(data.value(({ image = "" }) => image)) : build(name, data, given.registries ?? [], this);
        this.registerOutputs({ ref: this.ref });
    }
}

function refuseOne(owner: string, fault: Fault): never {
    throw new ArgumentsError(owner, [fault]);
}

type Build = (
    name: string,
    data: Settled<GatewayImageData>,
    registries: readonly ImageRegistryArgs[],
    parent: pulumi.Resource,
) => pulumi.Output<string>;

/** Throws where there is nothing to build with, before anything is registered. */
function prepareBuild(owner: string): Build {
    const dockerBuild = loadDockerBuild();
    if ("code" in dockerBuild) return refuseOne(owner, dockerBuild);
    const files = imageFiles();
    if ("code" in files) return refuseOne(owner, files);
    return (name, data, registries, parent) => {
        const build = data.with(files.folder as unknown as string).tree(
            ([one, folder]) => buildImage(folder, one),
            ([known, folder]) => outlineImage(folder, known),
        );
        const image = new dockerBuild.Image(
            `${name}-image`,
            {
                ...(build as Omit<ImageBuild, "tags" | "platforms"> & { tags: string[]; platforms?: never[] }),
                ...(registries.length > 0 ? { registries: registryInputs(registries) } : {}),
            },
            // Other stacks may run what was pushed, and pods be started anew after this one is gone.
            { ...data.options({ parent }), retainOnDelete: true },
        );
        return pulumi
            .all([pulumi.output({ tags: build.tags, push: build.push }), image.digest])
            .apply(([one, digest]) => builtReference(one, digest));
    };
}
