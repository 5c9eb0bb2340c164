package i18n

// Hosts returns the texts of hosts, and of who knocks, in a language, a line for each: the id of
// a button or field, what is wrong with a text, a shared.Act or a shared.Code, a space, and the
// text, which may name the host and another person. The server puts them into its page: a
// browser's program has no texts that few need, since those of all languages would be 3 KB of
// what a first visit loads.
func Hosts(lang string) string {
	switch lang {
	case "ar":
		return hostsArabic
	case "de":
		return hostsGerman
	case "es":
		return hostsSpanish
	case "zh":
		return hostsChinese
	case "zh-Hant":
		return toTraditional().Replace(hostsChinese)
	}
	return hostsEnglish
}

const hostsEnglish = `claim Host this room
room Room
title-field Title
topic-field Topic
long At most {n} characters.
unseen It has characters that can't be shown. Take them out.
lock Lock
unlock Unlock
give-up Stop hosting
make-host Make host
remove Remove
ban Remove for 24 hours
removed {name} removed {other}.
banned {name} removed {other} for 24 hours.
title {name} changed the title.
topic {name} changed the topic.
locked {name} locked the room.
opened {name} unlocked the room.
host {name} made {other} a host.
claimed {name} hosts this room now.
gave_up {name} no longer hosts this room.
hosted Somebody hosts this room already.
not_host Only a host can do that, and not to a host.
knock Knock
knocked You knocked. A host can let you in.
stop-knocking Stop waiting
refused Not now. You can knock again in a minute.
knocks {name} knocks.
who-knocks Who knocks
let-in Let in
not-now Not now
let_in {name} let {other} in.
lock_stands Whoever runs this site has locked the room. A host cannot unlock it.`

const hostsArabic = `claim إدارة هذه الغرفة
room الغرفة
title-field العنوان
topic-field الموضوع
long {n} حرفًا على الأكثر.
unseen فيه أحرف لا يمكن إظهارها. احذفها.
lock إقفال الغرفة
unlock فتح الغرفة
give-up التوقف عن الإدارة
make-host إشراك في الإدارة
remove إخراج
ban إخراج لمدة 24 ساعة
removed أخرج {name} {other} من الغرفة.
banned أخرج {name} {other} من الغرفة لمدة 24 ساعة.
title غيّر {name} العنوان.
topic غيّر {name} الموضوع.
locked أقفل {name} الغرفة.
opened فتح {name} الغرفة.
host أشرك {name} {other} في إدارة الغرفة.
claimed يدير {name} هذه الغرفة الآن.
gave_up لم يعد {name} يدير هذه الغرفة.
hosted هناك من يدير هذه الغرفة.
not_host لا يفعل ذلك إلا من يدير الغرفة، ولا يُفعل بمن يديرها.
knock اطرق الباب
knocked طرقتَ الباب. يمكن لمن يدير الغرفة أن يُدخلك.
stop-knocking التوقف عن الانتظار
refused ليس الآن. يمكنك أن تطرق الباب مجددًا بعد دقيقة.
knocks {name} يطرق الباب.
who-knocks من يطرق الباب
let-in السماح بالدخول
not-now ليس الآن
let_in أدخل {name} {other} إلى الغرفة.
lock_stands أقفل مشغّل الموقع هذه الغرفة، ولا يفتحها سواه.`

const hostsGerman = `claim Raum leiten
room Raum
title-field Titel
topic-field Thema
long Höchstens {n} Zeichen.
unseen Darin sind Zeichen, die sich nicht zeigen lassen. Nimm sie heraus.
lock Abschließen
unlock Öffnen
give-up Leitung abgeben
make-host Mitleiten lassen
remove Entfernen
ban Für 24 Stunden entfernen
removed {name} hat {other} entfernt.
banned {name} hat {other} für 24 Stunden entfernt.
title {name} hat den Titel geändert.
topic {name} hat das Thema geändert.
locked {name} hat den Raum abgeschlossen.
opened {name} hat den Raum geöffnet.
host {name} lässt {other} mitleiten.
claimed {name} leitet jetzt diesen Raum.
gave_up {name} leitet diesen Raum nicht mehr.
hosted Diesen Raum leitet schon jemand.
not_host Das darf nur, wer den Raum leitet, und nicht untereinander.
knock Anklopfen
knocked Du hast angeklopft. Wer den Raum leitet, kann dich einlassen.
stop-knocking Nicht mehr warten
refused Jetzt nicht. In einer Minute kannst du wieder anklopfen.
knocks {name} klopft an.
who-knocks Wer anklopft
let-in Einlassen
not-now Jetzt nicht
let_in {name} hat {other} eingelassen.
lock_stands Der Betreiber hat den Raum gesperrt. Nur er kann ihn öffnen.`

const hostsSpanish = `claim Dirigir esta sala
room Sala
title-field Título
topic-field Tema
long Como máximo {n} caracteres.
unseen Tiene caracteres que no se pueden mostrar. Quítalos.
lock Cerrar la sala
unlock Abrir la sala
give-up Dejar de dirigirla
make-host Hacer que dirija
remove Sacar
ban Sacar por 24 horas
removed {name} ha sacado a {other}.
banned {name} ha sacado a {other} por 24 horas.
title {name} ha cambiado el título.
topic {name} ha cambiado el tema.
locked {name} ha cerrado la sala.
opened {name} ha abierto la sala.
host {other} también dirige la sala, por decisión de {name}.
claimed {name} dirige ahora esta sala.
gave_up {name} ya no dirige esta sala.
hosted Ya hay quien dirige esta sala.
not_host Solo puede hacerlo quien dirige la sala, y no con quien también la dirige.
knock Llamar
knocked Has llamado. Quien dirige la sala puede dejarte entrar.
stop-knocking Dejar de esperar
refused Ahora no. Puedes volver a llamar dentro de un minuto.
knocks {name} llama a la puerta.
who-knocks Quién llama
let-in Dejar entrar
not-now Ahora no
let_in {name} ha dejado entrar a {other}.
lock_stands Quien administra el sitio ha cerrado la sala. Solo él puede abrirla.`

const hostsChinese = `claim 主持这个房间
room 房间
title-field 标题
topic-field 主题
long 最多 {n} 个字符。
unseen 其中有无法显示的字符，请去掉。
lock 锁定房间
unlock 解除锁定
give-up 不再主持
make-host 让其主持
remove 请出房间
ban 请出 24 小时
removed {name} 请出了 {other}。
banned {name} 将 {other} 请出 24 小时。
title {name} 更改了标题。
topic {name} 更改了主题。
locked {name} 锁定了房间。
opened {name} 解除了锁定。
host {name} 让 {other} 也成为主持人。
claimed {name} 正在主持这个房间。
gave_up {name} 不再主持这个房间。
hosted 这个房间已有主持人。
not_host 只有主持人能这么做，且不能请出主持人。
knock 敲门
knocked 你已敲门。主持人可以让你进来。
stop-knocking 不再等待
refused 现在不方便。一分钟后可以再敲门。
knocks {name} 在敲门。
who-knocks 谁在敲门
let-in 让其进来
not-now 暂时不行
let_in {name} 让 {other} 进来了。
lock_stands 网站管理员锁定了房间，主持人不能解锁。`
