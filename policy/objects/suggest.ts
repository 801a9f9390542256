/** Suggestions of a name that may have been meant. Each is a look at every name there is, and nobody reads the fiftieth. */
import { didYouMean, shownText } from "../../istio";

const MOST = 25;

/** Says ` Did you mean …?`, or what it is given where nothing is near. */
export function suggester(known: () => Iterable<string>): (word: string, otherwise: string) => string {
    let made = 0;
    return (word, otherwise) => {
        made += 1;
        const near = made > MOST ? undefined : didYouMean(word, known());
        return near === undefined ? otherwise : ` Did you mean ${shownText(near)}?`;
    };
}
