// What the pages load beside the modules.
declare const htmx: {
  ajax(
    method: string,
    url: string,
    options: { source?: Element; target?: string | Element; swap?: string; push?: string },
  ): Promise<void>;
  process(element: Element): void;
};

interface HintDetail {
  event: string;
  ticket: number;
  seq: number;
  on?: boolean;
}

interface ColleagueDetail {
  ticket: number;
  agent: number;
  name: string;
  do: "view" | "write" | "leave";
}
