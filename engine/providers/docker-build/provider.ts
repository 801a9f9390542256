/**
 * The docker-build provider, which builds nothing here: a local run starts its workloads as processes and needs no
 * image, and what is rendered names the image by the tag that it is going to have.
 */
import { open } from "../../values/envelopes";
import type { PropertyValue } from "../../types";
import { NotInEngine, type Created, type Provider } from "../provider";

const IMAGE = "docker-build:index:Image";

export const dockerBuildProvider: Provider = {
    name: "docker-build",
    check(request) {
        if (request.type !== IMAGE) throw new NotInEngine("It knows Image, and builds none.");
        return request.inputs;
    },
    create({ name, inputs }): Created {
        // As the real provider has it before anything is built: a tag for a reference, and no digest.
        return { id: name, outputs: { ...inputs, ref: firstTag(inputs.tags), digest: "", contextHash: "" } };
    },
    invoke(token) {
        throw new NotInEngine(`The function ${token} needs the docker-build provider itself.`);
    },
};

function firstTag(tags: PropertyValue | undefined): string {
    const list = tags === undefined ? [] : open(tags);
    const first = Array.isArray(list) ? open((list as readonly PropertyValue[])[0] ?? "") : "";
    return typeof first === "string" ? first : "";
}
