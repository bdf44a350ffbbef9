// Short codes of the emoji that bots and people use here; an unknown one stays as it is written.

const PAIRS = `red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵
large_purple_circle 🟣 white_circle ⚪ black_circle ⚫ hourglass_flowing_sand ⏳ hourglass ⌛ white_check_mark ✅
heavy_check_mark ✔️ ballot_box_with_check ☑️ no_entry ⛔ no_entry_sign 🚫 zzz 💤 crystal_ball 🔮 warning ⚠️ x ❌
rotating_light 🚨 fire 🔥 bell 🔔 no_bell 🔕 mag 🔍 wrench 🔧 hammer_and_wrench 🛠️ tools 🛠️ gear ⚙️ robot_face 🤖
bar_chart 📊 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 calendar 📅 date 📅 clock1 🕐 clock3 🕒 clock9 🕘
alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ memo 📝 pencil 📝 clipboard 📋 page_facing_up 📄 link 🔗 lock 🔒 unlock 🔓
key 🔑 eyes 👀 thumbsup 👍 +1 👍 thumbsdown 👎 -1 👎 wave 👋 raised_hands 🙌 clap 👏 pray 🙏 ok_hand 👌 muscle 💪
tada 🎉 sparkles ✨ star ⭐ rocket 🚀 bulb 💡 bug 🐛 package 📦 inbox_tray 📥 outbox_tray 📤 arrows_counterclockwise 🔄
repeat 🔁 arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_up_small 🔼 arrow_down_small 🔽 back 🔙
information_source ℹ️ question ❓ grey_question ❔ exclamation ❗ grey_exclamation ❕ bangbang ‼️ heavy_plus_sign ➕
heavy_minus_sign ➖ pushpin 📌 triangular_flag_on_post 🚩 checkered_flag 🏁 construction 🚧 octagonal_sign 🛑 stop_sign 🛑
black_square_for_stop ⏹️ pause_button ⏸️ double_vertical_bar ⏸️ arrow_forward ▶️ fast_forward ⏩ snowflake ❄️ sunny ☀️
cloud ☁️ zap ⚡ umbrella ☔ rainbow 🌈 seedling 🌱 herb 🌿 heart ❤️ green_heart 💚 broken_heart 💔 bandage 🩹
adhesive_bandage 🩹 pill 💊 syringe 💉 stethoscope 🩺 ambulance 🚑 hospital 🏥 test_tube 🧪 microscope 🔬 bird 🐦
baby_chick 🐤 hatching_chick 🐣 basketball 🏀 shield 🛡️ speech_balloon 💬 thought_balloon 💭 mega 📣 loudspeaker 📢
mailbox 📫 email ✉️ phone ☎️ telephone_receiver 📞 bust_in_silhouette 👤 busts_in_silhouette 👥 smile 😄 slightly_smiling_face 🙂
thinking_face 🤔 sweat_smile 😅 sob 😭 scream 😱 100 💯 boom 💥 sleeping 😴 ghost 👻 skull 💀 broom 🧹 wastebasket 🗑️
floppy_disk 💾 file_folder 📁 card_index_dividers 🗂️ hash #️⃣ one 1️⃣ two 2️⃣ three 3️⃣ heavy_multiplication_x ✖️
small_red_triangle 🔺 small_red_triangle_down 🔻 large_green_square 🟩 large_red_square 🟥 white_large_square ⬜ black_large_square ⬛
large_yellow_square 🟨 large_blue_square 🟦 large_orange_square 🟧 new 🆕 sos 🆘 ok 🆗 mute 🔇 satellite 📡 electric_plug 🔌
battery 🔋 leftwards_arrow_with_hook ↩️ arrow_right_hook ↪️ twisted_rightwards_arrows 🔀 left_right_arrow ↔️ ladder 🪜`.split(/\s+/);

const KNOWN = new Map();
for (let i = 0; i + 1 < PAIRS.length; i += 2) KNOWN.set(PAIRS[i], PAIRS[i + 1]);

export function emoji(name) {
  return KNOWN.get(name);
}

export function emojied(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => KNOWN.get(name) ?? whole);
}
