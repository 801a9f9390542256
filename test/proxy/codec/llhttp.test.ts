/** What our parser accepts, Node's strict one accepts with the same framing. */
import { againstLlhttp } from "./support/llhttp-properties";

againstLlhttp(700);
