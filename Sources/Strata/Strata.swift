@_exported import StrataAutograd
@_exported import StrataData
@_exported import StrataDiagnosis
@_exported import StrataLayers
@_exported import StrataReport
@_exported import StrataTensor
@_exported import StrataTraining
