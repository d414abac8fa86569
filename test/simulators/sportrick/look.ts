import { html, raw } from 'hono/html'

const STYLE = `
*{box-sizing:border-box}body{margin:0;font:14px/1.45 "Open Sans",Arial,sans-serif;background:#eef1f5;color:#3b4148}
a{color:#2f6f9f}.page-header{background:#2b3643;color:#fff;padding:12px 24px;display:flex;gap:24px;align-items:center}
.page-header a{color:#d5dce6;text-decoration:none}.page-header .who{margin-left:auto;color:#b4bcc8}
.page-content{max-width:1080px;margin:24px auto;padding:0 16px}.portlet{background:#fff;padding:20px;border:1px solid #e1e5ec;margin-bottom:16px}
.btn{border:0;padding:8px 14px;background:#e1e5ec;color:#3b4148;font:inherit;cursor:pointer;text-decoration:none;display:inline-block}
.btn.green{background:#32c5d2;color:#fff}.btn.red{background:#e7505a;color:#fff}.pull-right{float:right}
.tiles{display:flex;gap:16px}.tile{width:180px;height:120px;background:#3598dc;color:#fff;cursor:pointer}.tile>div{padding:16px;height:100%}
.event-main-block{background:#fff;border-left:5px solid #32c5d2;padding:14px 18px;margin-bottom:12px;display:flex;gap:20px;align-items:center}
.event-main-block .btn-delete{margin-left:auto}.list-group-item{display:block;padding:14px;background:#fff;border:1px solid #ddd;margin-bottom:-1px}
#day-schedule-container{display:flex;gap:12px}.day-column{flex:1;min-width:0}.day-schedule-label{font-size:16px;text-transform:none;margin:8px 0}
.event-slot{padding:10px;margin-bottom:8px;background:#fff;border-left:5px solid #aaa;position:relative}.event-slot.slot-available{border-color:#26c281;cursor:pointer}
.event-slot.slot-booked{border-color:#3598dc;background:#e9f3fb}.event-slot.slot-disabled{opacity:.55}.slot-time{font-weight:600}.slot-notes{color:#26c281}
#day-schedule-repository{display:none}.calendar-bar{display:flex;justify-content:space-between;margin-bottom:8px}.hidden{display:none}
.modal-back{position:fixed;inset:0;background:rgba(0,0,0,.45);display:flex;align-items:center;justify-content:center;z-index:1000}
.modal-box{background:#fff;padding:22px;min-width:320px}.modal-box .modal-footer{margin-top:18px;text-align:right}
#iubenda-cs-banner{position:fixed;inset:0;background:rgba(20,24,30,.6);z-index:9999;display:flex;align-items:flex-end}
.iubenda-cs-content{background:#fff;width:100%;padding:20px;display:flex;gap:12px;align-items:center}.alert{padding:12px;background:#fbe1e3;color:#8c2b33}
.aunicalogin{max-width:420px;margin:60px auto;background:#fff;padding:28px;border-top:6px solid #102c53}.aunicalogin label{display:block;margin-top:12px}
.aunicalogin input[type=text],.aunicalogin input[type=password]{width:100%;padding:8px;font:inherit}.error-message{color:#b00020;font-weight:600}
`

/** The cookie banner: lies over everything until dismissed, once before the login and again after it. */
const bannerScript = (stage: string, delayMs: number) => `
(function(){
  var key='iubenda-${stage}';
  if(sessionStorage.getItem(key))return;
  setTimeout(function(){
    var banner=document.createElement('div');
    banner.id='iubenda-cs-banner';
    banner.innerHTML='<div class="iubenda-cs-content" role="dialog" aria-label="Informativa"><p>Noi e terze parti selezionate utilizziamo cookie o tecnologie simili.</p>'+
      '<button class="iubenda-cs-close-btn btn" aria-label="Chiudi questa informativa">\\u00d7</button>'+
      '<button class="iubenda-cs-accept-btn iubenda-cs-btn-primary btn green">Accetta</button></div>';
    banner.addEventListener('click',function(event){
      if(!event.target.closest('button'))return;
      sessionStorage.setItem(key,'1');banner.remove();
    });
    document.body.appendChild(banner);
  },${delayMs});
})();`

/** Dialogs: `srModal(id, text, buttons)` with [label, role, action] triples. */
const MODAL_SCRIPT = `
function srModal(id,text,buttons){
  var back=document.createElement('div');back.className='modal-back';back.id=id;
  var box=document.createElement('div');box.className='modal-box modal-dialog';box.setAttribute('role','dialog');
  var body=document.createElement('div');body.className='modal-body';body.textContent=text;box.appendChild(body);
  var foot=document.createElement('div');foot.className='modal-footer';
  buttons.forEach(function(b){
    var button=document.createElement('button');button.type='button';button.className='btn';
    button.textContent=b[0];button.setAttribute('data-modalrole',b[1]);
    button.onclick=function(){back.remove();b[2]&&b[2]()};foot.appendChild(button);foot.appendChild(document.createTextNode(' '));
  });
  box.appendChild(foot);back.appendChild(box);document.body.appendChild(back);
}`

export interface Frame {
  /** Path of the site, `/sportpolimi`. */
  root: string
  title: string
  /** Name of who is logged in; null before the login. */
  who: string | null
  bannerDelayMs: number
}

type Markup = ReturnType<typeof html>

/** A page of the site: header, banner, content, scripts. */
export const sitePage = ({ root, title, who, bannerDelayMs }: Frame, body: Markup, script = ''): Markup =>
  html`<!doctype html>
<html lang="it">
<head><meta charset="utf-8"><title>${title} - Polimi Sport</title><style>${raw(STYLE)}</style></head>
<body class="page-md">
<div class="page-header"><a href="${root}/"><b>POLIMI SPORT</b></a>
${who === null ? '' : html`<a href="${root}/">Home</a><span class="who">${who}</span>`}</div>
<div class="page-content">${body}</div>
<script>${raw(MODAL_SCRIPT)}${raw(bannerScript(who === null ? 'guest' : 'member', bannerDelayMs))}${raw(script)}</script>
</body></html>`

/** A page of the single sign-on. */
export const ssoPage = (title: string, body: Markup): Markup =>
  html`<!doctype html>
<html lang="it">
<head><meta charset="utf-8"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><div class="aunicalogin"><h2>Politecnico di Milano</h2>${body}</div></body></html>`
