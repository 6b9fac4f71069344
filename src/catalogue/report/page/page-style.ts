/** The page's whole look: system fonts, light and dark, one column that fits a phone, and paper. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ground:#f6f7f9;--rail:#eceff3;--sheet:#fff;--ink:#1a1f27;--quiet:#555e6b;--line:#dfe3e8;
--error:#b42318;--warning:#9a5200;--info:#1b5fc1;--error-soft:#fdecea;--warning-soft:#fdf1dd;--info-soft:#e8f0fd;
--good:#14713a;--good-soft:#e6f5ec;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){:root{--ground:#14171c;--rail:#2a303a;--sheet:#1c2027;--ink:#e8eaee;--quiet:#a4adba;
--line:#333a45;--error:#ff8a80;--warning:#f5b660;--info:#8ab8ff;--error-soft:#3a1f1d;--warning-soft:#382a14;
--info-soft:#1a2a44;--good:#7fd6a0;--good-soft:#17301f}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:.15rem 0 .5rem;letter-spacing:-.015em}
h2{font-size:1.2rem;line-height:1.3;margin:2.25rem 0 .75rem}
h3{font-size:1.05rem;line-height:1.35;margin:0;overflow-wrap:anywhere}
p{margin:.5rem 0}a{color:var(--info)}
.kind{margin:0;color:var(--quiet);font-size:.9rem;font-weight:600}
.quiet{color:var(--quiet)}.file{color:var(--quiet);margin:0;overflow-wrap:anywhere}
.totals{display:grid;grid-template-columns:repeat(4,1fr);gap:.75rem;margin:1.5rem 0 0;padding:0}
.totals div{background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem;
display:flex;flex-direction:column-reverse}
.totals dt{color:var(--quiet);font-size:.85rem;line-height:1.3}
.totals dd{margin:0;font-size:1.6rem;line-height:1.25;font-weight:650;font-variant-numeric:tabular-nums}
.totals .error dd{color:var(--error)}.totals .warning dd{color:var(--warning)}.totals .good dd{color:var(--good)}
.card{background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.25rem;margin:0 0 1rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;font-weight:600;padding:0 0 .35rem;font-size:.9rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th{font-weight:600;text-align:left}
thead th{color:var(--quiet);font-size:.82rem;font-weight:600}
.chart{table-layout:fixed}.chart th,.chart td{padding:.28rem 0;vertical-align:middle}
.chart .name{width:38%;font-weight:400;padding-right:1rem;overflow-wrap:anywhere;line-height:1.3}
.chart .name small{display:block;color:var(--quiet);font-size:.8rem;font-family:var(--mono)}
.chart .count{width:6rem}.chart svg{display:block;width:100%;height:.9rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
rect.error{fill:var(--error)}rect.warning{fill:var(--warning)}rect.info{fill:var(--info)}rect.rail{fill:var(--rail)}
.top{display:flex;gap:.75rem;align-items:baseline;justify-content:space-between}
.top .count{white-space:nowrap;color:var(--quiet);font-size:.9rem;font-variant-numeric:tabular-nums}
.tags{margin:.3rem 0 .6rem;font-size:.82rem;color:var(--quiet);overflow-wrap:anywhere}
.tag{display:inline-block;border-radius:999px;padding:.05rem .6rem;font-weight:600;margin-right:.4rem}
.tag.error{background:var(--error-soft);color:var(--error)}
.tag.warning{background:var(--warning-soft);color:var(--warning)}
.tag.info{background:var(--info-soft);color:var(--info)}
code{font-family:var(--mono);font-size:.92em}
.how{margin:.6rem 0;padding:.55rem .8rem;border-left:3px solid var(--good);background:var(--good-soft);border-radius:0 6px 6px 0}
.how b{display:block;color:var(--good);font-size:.85rem}
.examples{margin-top:.9rem;table-layout:fixed}
.examples th,.examples td{padding:.32rem .75rem .32rem 0;border-top:1px solid var(--line);vertical-align:top}
.examples thead th{border-top:0;padding-bottom:.2rem}
.examples .place{width:6.2rem;text-align:right;font-variant-numeric:tabular-nums;font-weight:400;padding-right:1.25rem}
.examples td.cell{font-family:var(--mono);font-size:.86rem;white-space:pre-wrap;overflow-wrap:anywhere}
.examples td:last-child{padding-right:0}
.after{color:var(--good)}.blank{color:var(--quiet);font-style:italic;font-family:inherit}
.more{font-size:.85rem;color:var(--quiet);margin:.6rem 0 0;overflow-wrap:anywhere}
.about{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:0;font-size:.88rem}
.about dt{color:var(--quiet)}.about dd{margin:0;overflow-wrap:anywhere}
.more.fixes{color:var(--good)}
@media (max-width:640px){main{padding:1.25rem .9rem 3rem}h1{font-size:1.5rem}
.totals{grid-template-columns:repeat(2,1fr)}.card{padding:.9rem .95rem}
.chart .name{width:46%;padding-right:.7rem}.chart .count{width:4rem}
.top{flex-direction:column;gap:.1rem}.top .count{white-space:normal}
.examples .place{width:3.4rem;padding-right:.7rem}.examples .line{display:none}
.about{grid-template-columns:1fr;gap:0}.about dd{margin-bottom:.5rem}}
@media print{:root{color-scheme:light;--ground:#fff;--sheet:#fff;--ink:#000;--quiet:#444;--line:#bbb;--error:#a01010;
--warning:#7a4200;--info:#0b3d91;--error-soft:#fff;--warning-soft:#fff;--info-soft:#fff;--good:#0c5a2c;--good-soft:#fff}
body{font-size:10.5pt}main{max-width:none;padding:0}.card{break-inside:avoid;border-radius:0}h2{break-after:avoid}
rect.rail{fill:none}svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit}}
`;
