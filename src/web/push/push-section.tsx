import type { Province } from '../../passport/provinces/provinces.ts'
import { textsIn } from '../../texts/index.ts'
import type { Site } from '../site.ts'

/** Alerts on this device, for people without Telegram: the page's script decides what it offers. */
export const PushSection = ({
  site,
  province,
  publicKey,
}: {
  site: Site
  province: Province
  publicKey: string
}) => {
  const { push: t, app } = textsIn(site.language)
  return (
    <section aria-labelledby="push-heading">
      <h2 id="push-heading">{t.heading}</h2>
      <p class="soft">{t.lead}</p>
      <div
        id="push"
        data-key={publicKey}
        data-province={province.code}
        data-on={t.on(province.name)}
        data-other={t.other(province.name)}
        data-confirming={t.confirming}
        data-unsupported={t.unsupported}
        data-install={t.install}
        data-denied={t.denied}
        data-failed={t.failed}
        data-too-many={t.tooMany}
      >
        <p role="status" hidden></p>
        <p class="actions">
          <button type="button" data-do="start" hidden>
            {t.start}
          </button>
          <button type="button" data-do="stop" class="quiet" hidden>
            {t.stop}
          </button>
          <a class="button quiet" href={site.href(`/push/apri?to=${province.code}`)} hidden>
            {t.settings}
          </a>
          <a class="button quiet" href={site.href('/push/apri?to=perche')} hidden>
            {app.provinces.why}
          </a>
        </p>
        <noscript>
          <p>{t.noScript}</p>
        </noscript>
      </div>
    </section>
  )
}
