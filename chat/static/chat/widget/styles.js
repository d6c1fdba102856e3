/** The looks. Pixels, because the host page owns `rem`; colours as variables, light and dark. */

const DARK = `
--page:#17191d;--raised:#22262c;--line:#353b44;--ink:#eceef1;--dim:#a3abb6;--bad:#ff9a8f;--bad-bg:#3c2422;--warn-bg:#3a3120;--warn:#f3cf85;
--tint:color-mix(in oklab,var(--cc-accent) 55%,white);--shadow:0 0 0 1px #ffffff1a,0 16px 48px #000000a0;--scheme:dark;`;

export const STYLES = `
:host{all:initial!important;display:block!important;position:fixed!important;inset:auto 20px 20px auto!important;z-index:2147483000!important;
font:400 15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif!important;color:var(--ink)!important;color-scheme:var(--scheme)!important;
--page:#fff;--raised:#f1f3f5;--line:#dfe3e8;--ink:#1c2127;--dim:#5b6572;--bad:#b3261e;--bad-bg:#fdecea;--warn-bg:#fff4d6;--warn:#6b4e00;--scheme:light;
--tint:color-mix(in oklab,var(--cc-accent) 85%,black);--shadow:0 0 0 1px #0f172a14,0 12px 40px #0f172a38}
:host([data-position=left]){inset:auto auto 20px 20px!important}
:host([data-theme=dark]){${DARK}}
@media(prefers-color-scheme:dark){:host(:not([data-theme=light])){${DARK}}}
@media print{:host{display:none!important}}
*{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
button,input,textarea{font:inherit;color:inherit;letter-spacing:inherit}
button{cursor:pointer;border:0;background:none;padding:0;-webkit-tap-highlight-color:transparent}
svg{width:20px;height:20px;flex:none;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
:focus-visible{outline:2px solid var(--tint);outline-offset:2px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

.launcher{position:relative;display:grid;place-items:center;width:56px;height:56px;margin-left:auto;border-radius:50%;
background:var(--cc-accent);color:var(--cc-on-accent);box-shadow:0 2px 6px #0000002e,0 8px 24px #00000033;transition:transform .12s}
.launcher:hover{transform:translateY(-2px)}
.launcher:active{transform:none}
.launcher svg{grid-area:1/1;width:26px;height:26px;transition:opacity .12s,transform .12s}
.launcher[aria-expanded=false] svg+svg,.launcher[aria-expanded=true] svg:first-child{opacity:0;transform:scale(.6)}
.launcher:focus-visible{outline-offset:3px}
.badge{position:absolute;top:-3px;right:-3px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#d92d20;color:#fff;
font:600 12px/22px system-ui,sans-serif;text-align:center;box-shadow:0 0 0 2px var(--page)}

.panel{position:absolute;right:0;bottom:72px;display:flex;flex-direction:column;width:384px;height:min(640px,calc(100vh - 112px));
height:min(640px,calc(100dvh - 112px));border-radius:18px;overflow:hidden;background:var(--page);box-shadow:var(--shadow);
transform-origin:100% 100%;animation:in .14s ease-out}
:host([data-position=left]) .panel{right:auto;left:0;transform-origin:0 100%}
@keyframes in{from{opacity:0;transform:translateY(8px) scale(.98)}}
.head{display:flex;align-items:center;gap:10px;min-height:68px;padding:12px 12px 12px 16px;background:var(--cc-accent);color:var(--cc-on-accent)}
.face{display:grid;place-items:center;flex:none;width:40px;height:40px;border-radius:50%;font-weight:600;font-size:17px;
background:color-mix(in srgb,var(--cc-on-accent) 18%,transparent)}
.face:empty{display:none}
.names{flex:1;min-width:0;display:grid}
.names>*{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
strong{font-weight:650;font-size:16px;line-height:1.3}
.line{font-size:13px;line-height:1.35}
.line:empty{display:none}
.head :focus-visible{outline-color:var(--cc-on-accent)}
.head .quiet{flex:none;border-color:color-mix(in srgb,currentColor 45%,transparent)}
.round{display:grid;place-items:center;flex:none;width:40px;height:40px;border-radius:50%;transition:background-color .12s}
.round:hover{background:color-mix(in srgb,currentColor 12%,transparent)}
.quiet,.strong{padding:7px 13px;border-radius:999px;border:1px solid var(--line);font-size:13.5px;font-weight:550;line-height:1.3}
.quiet:hover{background:color-mix(in srgb,currentColor 9%,transparent)}
.strong{background:var(--cc-accent);border-color:transparent;color:var(--cc-on-accent)}
.strong:hover{filter:brightness(1.08)}
.wide{display:block;width:calc(100% - 24px);margin:0 12px 12px}
.sure,.banner{display:flex;align-items:center;gap:8px;padding:10px 16px;border-bottom:1px solid var(--line);font-size:14px}
.sure span{flex:1}
.banner{background:var(--warn-bg);color:var(--warn);border:0;font-size:13.5px;line-height:1.35}

.scroll{flex:1;min-height:0;overflow-y:auto;overscroll-behavior:contain;padding:18px 16px 8px;scrollbar-width:thin}
.log:focus-visible{outline-offset:6px;border-radius:6px}
.welcome{padding:4px 0 10px}
h2{font-size:21px;line-height:1.25;font-weight:650;letter-spacing:-.01em;margin-bottom:6px;text-wrap:balance;overflow-wrap:anywhere}
.welcome p,.small{color:var(--dim);font-size:14px}
.day{align-self:stretch;text-align:center;color:var(--dim);font-size:12px;margin:14px 0 10px;font-variant-numeric:tabular-nums}
.row{display:flex;flex-direction:column;align-items:flex-start;gap:4px;margin-top:12px;max-width:100%}
.row.close{margin-top:4px}
.mine{align-items:flex-end}
.who{color:var(--dim);font-size:12.5px;padding:0 4px;max-width:85%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bubble{max-width:85%;padding:9px 13px;border-radius:18px;background:var(--raised);white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}
.theirs .bubble{border-bottom-left-radius:6px}
.mine .bubble{background:var(--cc-accent);color:var(--cc-on-accent);border-bottom-right-radius:6px}
.bubble a{color:inherit;text-decoration:underline;text-underline-offset:2px}
.theirs .bubble a{color:var(--tint)}
.pending .bubble{opacity:.72}
.bad .bubble{opacity:1;background:var(--bad-bg);color:var(--ink);box-shadow:inset 0 0 0 1px var(--bad)}
.state{color:var(--dim);font-size:12px;text-align:right;padding:3px 4px 0}
.bad .state{display:flex;flex-wrap:wrap;justify-content:flex-end;gap:2px 6px;align-items:center;max-width:85%;color:var(--bad);font-size:12.5px}
.bad .state svg{width:15px;height:15px;vertical-align:-3px;margin-right:4px}
.link{white-space:nowrap;text-decoration:underline;text-underline-offset:2px;font-weight:600;padding:2px}
.file{display:flex;align-items:center;gap:8px;max-width:85%;padding:9px 13px;border:1px solid var(--line);border-radius:14px;font-size:14px;text-align:left}
button.file:hover{background:var(--raised)}
.file span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
small{color:var(--dim);font-size:12px;white-space:nowrap;font-weight:400}
.picture{padding:0;overflow:hidden;background:var(--raised)}
.picture img{display:block;max-width:100%;max-height:240px}
.typing .bubble{display:flex;gap:4px;padding:14px}
i{width:7px;height:7px;border-radius:50%;background:var(--dim);animation:dot 1.2s infinite}
i:nth-child(2){animation-delay:.15s}
i:nth-child(3){animation-delay:.3s}
@keyframes dot{0%,60%,100%{opacity:.35}30%{opacity:1}}
.note{margin:16px 0 8px;padding:12px 14px;border-radius:14px;background:var(--raised);font-size:14px;display:grid;gap:8px}
.leave{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}
.leave input{flex:1;min-width:0}

.panel>form{border-top:1px solid var(--line);padding-bottom:env(safe-area-inset-bottom)}
.who-fields{display:grid;grid-template-columns:1fr 1fr;gap:10px;padding:12px 12px 0}
label{display:grid;gap:4px;font-size:13px;font-weight:550;min-width:0}
input{width:100%;padding:8px 11px;border:1px solid color-mix(in srgb,var(--dim) 70%,var(--page));border-radius:10px;background:var(--page);font-weight:400;font-size:15px;min-width:0}
input:focus,.bar:focus-within{border-color:var(--tint);outline:1px solid var(--tint);outline-offset:-1px}
.bar textarea{outline:0}
.bar{display:flex;align-items:flex-end;gap:2px;margin:12px;padding:3px;border:1px solid color-mix(in srgb,var(--dim) 70%,var(--page));border-radius:23px}
textarea{flex:1;min-width:0;min-height:40px;max-height:132px;resize:none;border:0;outline:0;background:none;padding:9px 4px;line-height:22px}
textarea::placeholder,input::placeholder{color:var(--dim);opacity:1}
.bar .round{color:var(--dim)}
.bar .send.ready{background:var(--cc-accent);color:var(--cc-on-accent)}
.send svg{transform:translate(-1px,1px)}
.new{height:auto;max-height:calc(100dvh - 112px)}
.new .scroll{flex:none;padding-bottom:0}
.new form{border:0;overflow-y:auto;display:grid}
.new .bar{margin-bottom:0;border-radius:14px;align-items:end}
.new textarea{min-height:84px;padding-left:10px;order:-1}
.new .send{display:none}
.new .start{margin-top:14px;padding:11px;font-size:15px}
.problem{color:var(--bad);font-size:13px;padding:8px 16px 0}
.leave .problem{flex-basis:100%;padding:0}
.problem:empty{display:none}
.chips{display:flex;flex-wrap:wrap;gap:6px;padding:10px 12px 0}
.chip{display:flex;align-items:center;gap:6px;max-width:100%;padding:4px 4px 4px 10px;border-radius:10px;background:var(--raised);font-size:13px}
.chip span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.chip button{display:grid;place-items:center;width:24px;height:24px;border-radius:50%}
.chip svg{width:14px;height:14px}

@media(max-width:480px){
.panel{position:fixed;inset:0;width:auto;height:100dvh;max-height:none;border-radius:0;transform-origin:50% 100%}
input,textarea{font-size:16px}
.launcher[aria-expanded=true]{display:none}
.head{padding-top:calc(12px + env(safe-area-inset-top))}
}
@media(prefers-reduced-motion:reduce){*{animation-duration:.01s!important;animation-iteration-count:1!important;transition:none!important}}
@media(forced-colors:active){.launcher,.bubble,.panel,.send{border:1px solid}}
`;
