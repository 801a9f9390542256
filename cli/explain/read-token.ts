/** The token of a question: a file's text, or what comes in on stdin, so that it stands in no list of processes. */
import { createReadStream } from "node:fs";
import { CommandError, errnoText, EXIT } from "../exit";

/** No proxy takes a head that long. */
const MOST = 1 << 20;

export async function readToken(file: string): Promise<string> {
    const name = file === "-" ? "stdin" : JSON.stringify(file);
    let text = "";
    try {
        for await (const chunk of file === "-" ? process.stdin : createReadStream(file)) {
            text += (chunk as Buffer).toString("latin1");
            if (text.length > MOST) throw new CommandError(EXIT.usage, `--token: ${name} has more than ${MOST} bytes, which is no token`);
        }
    } catch (error) {
        if (error instanceof CommandError) throw error;
        throw new CommandError(EXIT.unable, `--token: ${name} can't be read: ${errnoText(error)}`);
    }
    if (text.trim() === "") throw new CommandError(EXIT.usage, `--token: ${name} is empty; wanted a token`);
    return text.trim();
}
