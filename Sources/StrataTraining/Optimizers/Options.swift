/// Whether options of an optimizer are numbers from 0 on: neither NaN nor infinite.
func areNotNegative(_ options: Double...) -> Bool { options.allSatisfy { $0 >= 0 && $0.isFinite } }
