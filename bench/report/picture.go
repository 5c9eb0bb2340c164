package report

// draw makes all pictures, by path in the directory of the document.
func (d *document) draw() (map[string]string, error) {
	drawn := map[string]string{}
	for name, draw := range map[string]func() (string, error){
		"storm": d.stormPicture, "cpu": d.cpuPicture, "memory": d.memoryPicture, "growth": d.growthPicture,
	} {
		svg, err := draw()
		if err != nil {
			return nil, err
		}
		drawn[pictures+"/bench-"+name+".svg"] = svg
	}
	return drawn, nil
}
