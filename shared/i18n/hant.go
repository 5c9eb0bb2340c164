package i18n

import (
	"reflect"
	"strings"
)

// traditional lists what Traditional Chinese, as in Taiwan, has for what the Simplified words
// contain: terms first, then characters.
const traditional = `撤销 復原 实时 即時 响应 回應 连接 連線 链接 連結 重连 重新連線 窗口 視窗 发送 傳送 屏蔽 封鎖 二维码 行動條碼
设备 裝置 字符 字元 登录 登入 主屏幕 主畫面 程序坞 Dock 程序 程式 添加到 加入 菜单 選單 刷新 重新整理 加载 載入 服务器 伺服器
网络 網路 不运行 無法執行 扩展 擴充功能 保存 儲存 设置 設定 打印 列印 文本 文字 导出 匯出 打开 開啟 选中 選取 通过 透過
复制 複製 备注 備註 “ 「 ” 」
与 與 专 專 个 個 为 為 么 麼 会 會 关 關 内 內 况 況 减 減 刚 剛 别 別 动 動 单 單 厅 廳 号 號 后 後 吗 嗎 启 啟 员 員 图 圖
场 場 备 備 头 頭 将 將 尝 嘗 带 帶 开 開 录 錄 态 態 择 擇 换 換 数 數 断 斷 无 無 时 時 显 顯 暂 暫 条 條 来 來 没 沒 浏 瀏
满 滿 点 點 状 狀 离 離 类 類 线 線 结 結 继 繼 绪 緒 续 續 编 編 网 網 获 獲 装 裝 见 見 观 觀 览 覽 让 讓 记 記 许 許 试 試
话 話 询 詢 请 請 谁 誰 跃 躍 辑 輯 输 輸 达 達 过 過 还 還 这 這 进 進 选 選 里 裡 锁 鎖 闭 閉 问 問 间 間 随 隨 隐 隱 页 頁
频 頻 题 題 标 標`

func toTraditional() *strings.Replacer { return strings.NewReplacer(strings.Fields(traditional)...) }

// traditionalChinese returns the words in Traditional Chinese. They are made of the Simplified
// ones, since a table of their own would be 4 KB of what a first visit loads.
func traditionalChinese() *Words {
	w, hant := chinese(), toTraditional()
	w.Lang = "zh-Hant"
	convert := func(t Text) Text { return Text(hant.Replace(string(t))) }
	v := reflect.ValueOf(w).Elem()
	for i := range v.NumField() {
		if !v.Field(i).CanSet() {
			continue // the locale
		}
		switch field := v.Field(i).Addr().Interface().(type) {
		case *Text:
			*field = convert(*field)
		case *Plural:
			for c, t := range field {
				field[c] = convert(t)
			}
		case *map[string]Text:
			for key, t := range *field {
				(*field)[key] = convert(t)
			}
		}
	}
	return w
}
